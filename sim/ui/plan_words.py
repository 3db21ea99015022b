"""The words of the plans of own rates on the page, in Japanese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "intro": (
        "{place}の保険料率の改定案を並べ、モデル世帯の保険料をその場で計算する。収納・滞納・繰入への影響は下の「影響を計算」で示す。",
        "Plans of own rates of {place} side by side, with the bills of model households at once. What they do to "
        "collection, arrears and the transfer is worked out below.",
    ),
    "whole": (
        "{municipalities}を上で選ぶとその料率を示す（現在は{place}）。",
        "Choose a municipality above to see its rates (now: {place}).",
    ),
    "from_run": (
        "現行（{before}）と推計（{year}）の率は全世帯の計算（{run}）による。実際の率と違うときは現行の欄を書き換える。",
        "The rates in force ({before}) and expected ({year}) are those of the full run {run}. Where yours differ, "
        "write over the column in force.",
    ),
    "from_book": (
        "全世帯の計算がないため、現行（{before}）・推計（{year}）とも最後に公表された率による。"
        "実際の率と違うときは現行の欄を書き換える。",
        "Without a full run the rates in force ({before}) and expected ({year}) are the last ones known. Where yours "
        "differ, write over the column in force.",
    ),
    "start": ("改定する年度", "The plans begin in"),
    "rates": ("保険料率", "Rates"),
    "more_years": ("翌年度の率も入力", "Enter the next year too"),
    "shown_year": ("入力する年度", "Year entered"),
    "current": ("現行 {year}", "in force, {year}"),
    "base": ("推計 {year}", "expected, {year}"),
    "plan": ("案{n}", "plan {n}"),
    "plan_name": ("案{n}の名前（英数字）", "Name of plan {n}"),
    "add_plan": ("案を追加", "Add a plan"),
    "rise": ("現行から一律に（％）", "Rates in force, changed by (%)"),
    "rise_of": (
        "案{n}を現行から一律に動かす（％、子ども分を除く）",
        "Plan {n}: rates in force changed by per cent, not the childcare portion",
    ),
    "income": ("所得割（％）", "income part (%)"),
    "asset": ("資産割（％）", "asset part (%)"),
    "per_head": ("均等割（円）", "per head (yen)"),
    "per_household": ("平等割（円）", "per household (yen)"),
    "per_adult": ("18歳以上均等割（円）", "per adult (yen)"),
    "cell": ("{portion} {part} {plan}", "{portion}, {part}, {plan}"),
    "part": ("区分", "Rate"),
    "households": ("モデル世帯の年間保険料（{year}・円）", "Model households: bill of {year} (yen)"),
    "household": ("モデル世帯", "Model household"),
    "change": ("案{n} 増減額", "plan {n}, change"),
    "growth": ("案{n} 伸率（％）", "plan {n}, growth (%)"),
    "mend": (
        "赤字の欄を直すと計算します。入力した内容はそのまま残ります。",
        "Mend the fields in red; what you typed stays.",
    ),
    "save_plan": ("案{n}をシナリオファイルで保存", "Save plan {n} as a scenario file"),
    "list_plan": ("案{n}をシナリオ一覧に加える", "Add plan {n} to the scenarios"),
    "listed": ("{name}をシナリオ一覧に加えました", "{name} is among the scenarios"),
    "name_taken": (
        "「{name}」は使えない：英数字と _ - の、ほかのシナリオにない名前にする",
        "'{name}' cannot be used: letters, digits, _ and -, and no name in use",
    ),
    "solve": ("目標から率を求める（逆算）", "Rates for a target"),
    "goal": ("目標", "Target"),
    "goal_levy": ("調定額（{year}）", "levied total of {year}"),
    "goal_transfer": ("法定外繰入をなくす（{year}まで）", "no transfer by {year}"),
    "goal_burden": ("モデル世帯の保険料を現行どおりにする", "the bill of a model household stays"),
    "levy": ("調定額（例：130億円）", "Levied total (13_000_000_000)"),
    "levy_wrong": ("金額を入力（例：130億円、1億3千万円）", "write an amount, for example 13_000_000_000"),
    "solve_button": ("率を求める", "Find the rates"),
    "solved": (
        "{name}を加えた：{year}の率は推計の{factor:.4f}倍、{goal} 目標 {target}円・結果 {found}円",
        "{name} added: {factor:.4f} times the rates expected for {year}; {goal}: wanted {target} yen, found {found}",
    ),
    "solved_already": (
        "推計の率のままで目標に達する見込み（{goal} 目標 {target}円・推計 {found}円）。{name}は推計と同じ率",
        "The rates expected reach it as they are ({goal}: wanted {target} yen, expected {found}); "
        "{name} holds those rates",
    ),
    "solve_note": (
        "医療分・支援金分・介護分の所得割と均等割・平等割を一律の倍率で動かす（0.01％・100円きざみ）。見つけた率は案として加わる。標本が小さいと率も振れる。",
        "One factor on the parts of the three levied portions (steps of 0.01 % and 100 yen); it is added as a plan. "
        "A small sample is rough.",
    ),
    "effects": (
        "収納・滞納・繰入への影響と、保険料が増える世帯・減る世帯",
        "Collection, arrears, transfer; whose bill rises and falls",
    ),
    "run": ("影響を計算", "Work out the effects"),
    "ranges": ("推計の幅も計算（数分）", "Work out the ranges too (minutes)"),
    "stop": ("中止", "Stop"),
    "sample": ("標本", "Sample"),
    "against": ("増減の基準", "Rises and falls against"),
    "against_current": ("現行", "the rates in force"),
    "against_base": ("推計（改定しない場合）", "those expected without a plan"),
    "more_than": ("増減とみなす額（円／年）", "From how many yen a year"),
    "waiting": ("待機中", "waiting"),
    "running": ("計算中", "running"),
    "done": ("完了", "done"),
    "failed": ("失敗", "failed"),
    "stopped": ("中止しました", "stopped"),
    "bills": ("世帯ごとの保険料を計算中", "billing the households"),
    "searching": ("率を求めています（{seconds}秒経過）", "Searching ({seconds} s)"),
    "ranging": ("推計の幅を計算中（{seconds}秒経過）", "Working out the ranges ({seconds} s)"),
    "old": (
        "率を書き換えたので、下の表は書き換える前の率による。「影響を計算」で計算し直す。",
        "Rates have changed since: the tables below are of those before. Work out the effects again.",
    ),
    "kind": ("世帯の区分", "Groups of households"),
    "up": ("増える世帯", "rises"),
    "same": ("ほぼ変わらない世帯", "about the same"),
    "down": ("減る世帯", "falls"),
    "share": ("世帯の割合（％）", "share of households (%)"),
    "changes_title": ("{plan}：保険料が増える世帯・減る世帯（{year}）", "{plan}: whose bill rises and falls ({year})"),
    "changes_said": (
        "{plan}：{year}に年{more:,}円を超えて増える世帯 {up:.1f}％、減る世帯 {down:.1f}％、1世帯平均 {mean:+,.0f}円",
        "{plan}: in {year} the bill rises by more than {more:,} yen for {up:.1f} %, falls for {down:.1f} %; "
        "mean {mean:+,.0f} yen",
    ),
    "effect": ("指標", "Figure"),
    "unit": ("単位", "Unit"),
    "value": ("{year} 改定後", "{year}, with the plan"),
    "difference": ("差", "difference"),
    "range": ("差の90％区間", "90 % range of the difference"),
    "no_ranges": (
        "差は同じ乱数で比較した1組の計算による。幅は「推計の幅も計算」で示す（公表された実績に合うパラメータの組と乱数）。",
        "Differences are of one pair of runs on the same draws; 'Work out the ranges too' says how sure they are.",
    ),
    "effects_title": (
        "{plan}：収納・滞納・繰入への影響（改定しない場合の推計との差）",
        "{plan}: collection, arrears, transfer, against no plan",
    ),
    "levied_title": ("調定額（{year}・円）", "Levied total of {year} (yen)"),
    "save_book": ("改定案の表をExcelで保存", "Save the tables as Excel"),
    "rough": (
        "世帯の1/{n}の標本による。率は全世帯の計算のもので、標本の振れは世帯の割合と影響の欄に残る。資料には全世帯の計算を使うこと。",
        "From 1 in {n} households. Rates are those of the full run; shares and effects hold the noise of the sample. "
        "For a paper take everybody.",
    ),
}

MISTAKES: dict[str, tuple[str, str]] = {
    "percent": ("0か0.1～30の率を入力（例：8.2）", "write a rate of 0, or 0.1 to 30, for example 8.2"),
    "yen": ("0～300,000円を入力（例：48,000）", "write 0 to 300,000 yen, for example 48,000"),
}
