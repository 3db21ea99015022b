"""The words of a municipality's panel, in Japanese and English."""

from __future__ import annotations

from sim.reports.words import Text

PANEL: dict[str, Text] = {
    "heading": ("{municipalities}を選ぶ", "Choose a municipality"),
    "choose": ("{municipalities}", "Municipality"),
    "print": ("A4 1枚に印刷", "Print on one A4"),
    "print_whole": ("{region}全体を印刷", "Print {region} as a whole"),
    "appendix": ("付録も印刷する", "print the appendix too"),
    "csv": ("CSVで保存", "Save as CSV"),
    "table": ("数値の表", "Figures as a table"),
    "whole": ("{region}", "{region}"),
    "legend_value": ("推計値", "simulated"),
    "legend_80": ("80％区間", "80 % range"),
    "legend_90": ("90％区間", "90 % range"),
    "legend_dot": ("公表値", "published"),
    "legend_whole": ("{region}（灰色）", "{region} (grey)"),
    "legend_shade": ("網かけ：公表値のない年度", "shaded: years without published values"),
    "published": ("公表値", "published"),
    "year": ("年度", "year"),
    "figure": ("項目", "figure"),
    "series": ("系列", "series"),
    "low90": ("90％区間下限", "90 % range, low"),
    "high90": ("90％区間上限", "90 % range, high"),
    "no_script": (
        "JavaScriptを使えない環境では{municipalities}を選べない。以下に{region}全体の結果を示す。",
        "Without JavaScript no municipality can be chosen; the results of {region} as a whole follow.",
    ),
}
"""what the page and its script say"""

TITLE: Text = ("{name}の国民健康保険（{first}〜{last}年度）", "National Health Insurance of {name}, {first}-{last}")
CAPTION: Text = ("{label}（{first}〜{last}年度、{unit}）", "{label}, {first}-{last} ({unit})")
ROUGH: Text = ("この{municipalities}の数値：{why}。", "Figures of this municipality: {why}.")

PUBLISHED_UNTIL: Text = ("公表値は{year}年度まで。", "Published until {year}.")
PUBLISHED_OF: Text = ("公表値（{what}）は{year}年度まで。", "Published ({what}) until {year}.")
WHOLE_UNTIL: Text = (
    "この{municipalities}の公表値はなく、{region}の公表値は{year}年度まで。",
    "None published for this municipality, for {region} until {year}.",
)
NONE_PUBLISHED: Text = (
    "同じ定義の公表値はない（全年度が推計）。",
    "No published value of this definition: all simulated.",
)

END: Text = ("{year}年度 {value}{unit}", "{year}: {value} {unit}")
END_RANGE: Text = ("（90％区間 {low}～{high}）", " (90 % range {low} to {high})")
RANK: Text = ("{whom}の中で高い方から{ranks}（{n}団体中）。", "Rank among {n} {whom}, highest first: {ranks}.")
RANK_OF_YEAR: Text = ("{year}年度 {rank}位", "{year} no. {rank}")

HAPPENS: Text = (
    "{name}では、現年分収納率が{first}年度の{r0:.1f}％から{last}年度に{r1:.1f}％、1人当たり調定額が{b0:,.0f}円から{b1:,.0f}円"
    "（{change:+.1f}％）となり、{transfer}見込みである。",
    "In {name} the current-year collection rate goes from {r0:.1f} % in {first} to {r1:.1f} % in {last} and the bill "
    "per insured from {b0:,.0f} to {b1:,.0f} yen ({change:+.1f} %); {transfer}.",
)
TRANSFER_GOES: Text = (
    "決算補填等目的の法定外繰入は{t0}から{t1}になる",
    "the discretionary transfer goes from {t0} to {t1}",
)
TRANSFER_ENDS: Text = (
    "決算補填等目的の法定外繰入（{first}年度 {t0}）はなくなる",
    "the discretionary transfer ({t0} in {first}) comes to an end",
)
TRANSFER_BETWEEN: Text = (
    "決算補填等目的の法定外繰入は{some}年度に生じ、{last}年度にはない",
    "there are discretionary transfers in {some}, none in {last}",
)
TRANSFER_NONE: Text = (
    "決算補填等目的の法定外繰入は全年度を通じてない",
    "there is no discretionary transfer in any year",
)
TRANSFER_MAY_STAY: Text = (
    "ただし、推計の幅（90％区間）の上限では{last}年度に{high}の法定外繰入がある。",
    " At the upper end of the 90 % range there is a transfer of {high} in {last}.",
)
AMOUNT: Text = ("{value}{unit}", "{value} {unit}")

DRIVERS_TITLE: Text = (
    "納付金総額の増減の要因（{first}→{last}年度、{unit}）",
    "What drives the contribution, {first} to {last} ({unit})",
)
DRIVEN: Text = (
    "納付金総額は{before}から{after}へ（{change}）。主な要因は{drivers}。",
    "Contribution from {before} to {after} ({change}); mainly {drivers}.",
)
DRIVER: Text = ("{name}（{value}）", "{name} ({value})")
OTHER_DRIVERS: Text = ("その他", "other")

TERMS_TITLE: Text = ("用語と分母", "Terms and denominators")
TERMS: dict[str, tuple[Text, Text]] = {
    "contribution_per_head": (
        ("1人当たり納付金", "Contribution per head"),
        (
            "{region}全体の値。区分ごとに、納付金をその区分の対象者数（医療分・支援金分・子ども分は算定に用いる被保険者数、"
            "介護分は40〜64歳の被保険者数）で割り、合計したもの。{level}の公表値と同じ定義。",
            "Of {region} as a whole: each portion over those it is for (medical, support and child: insured as "
            "estimated for the calculation; care: insured aged 40-64), added up. Defined as the published figure.",
        ),
    ),
    "contribution_per_member": (
        ("納付金の被保険者平均", "Contribution over all insured"),
        (
            "{municipalities}の納付金総額÷年度平均被保険者数。介護分も全被保険者で割るため、「1人当たり納付金」より小さい。",
            "Total contribution of a municipality over its average insured of the year. Care is spread over all "
            "insured too, so it is lower than the contribution per head.",
        ),
    ),
    "billed_per_member": (
        ("1人当たり調定額", "Bill per insured"),
        (
            "現年分調定額（医療分・支援金分・介護分・子ども分）÷年度平均被保険者数。",
            "Bills of the year (medical, support, care, child) over the average insured of the year.",
        ),
    ),
    "premium_per_member": (
        ("1人当たり保険料 医療+支援", "Premium per insured, medical + support"),
        (
            "医療分と支援金分の現年分調定額÷年度平均被保険者数。",
            "Bills of the medical and support portions over the average insured of the year.",
        ),
    ),
    "standard_premium_per_head": (
        ("1人当たり保険料算定額", "Standard premium per head"),
        (
            "法定外繰入がない場合に必要な保険料の1人当たりの額。区分ごとにその区分の対象者数で割り、合計したもの。",
            "Premium needed per head without discretionary transfers: each portion over those it is for, added up.",
        ),
    ),
    "collection_rate": (
        ("現年分収納率", "Collection rate"),
        (
            "現年分収納額÷（現年分調定額−居所不明者分調定額）。",
            "Collected of the year's bills over the year's bills less those of members of unknown address.",
        ),
    ),
    "arrears_closing": (
        ("滞納繰越額", "Arrears carried over"),
        (
            "年度末に未収で、翌年度へ繰り越す債権の額（現年分と滞納繰越分の計、不納欠損を除く）。",
            "Claims unpaid at the end of the year and carried into the next, of the year and of earlier ones, "
            "less what was written off.",
        ),
    ),
    "arrears_household_share": (
        ("滞納世帯割合", "Share of households in arrears"),
        (
            "滞納のある世帯÷年度末被保険世帯。",
            "Households with arrears over insured households at the year's end.",
        ),
    ),
    "discretionary_transfer": (
        ("法定外繰入（決算補填等目的）", "Discretionary transfer"),
        (
            "一般会計からの法定外繰入のうち、決算補填等を目的とするもの。決算補填等以外の目的の繰入は含まない。",
            "Transfers from the general account against deficits; those for other purposes are left out.",
        ),
    ),
}
"""measure -> what it is called, and its definition with the denominator; tables of the page link to it"""
