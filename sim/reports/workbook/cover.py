"""The cover: the cells to choose the municipality and the year in, what each sheet answers, how to read it."""

from __future__ import annotations

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import in_japan
from sim.parameters import Parameters
from sim.reports.limits import LIMITS
from sim.reports.summary import summary
from sim.reports.words import WORDS, Lang, Text, say, word
from sim.reports.workbook.book import Book, Sheet
from sim.reports.workbook.chosen import PALE, choice, first_choice, place_name

WIDTH = 96
CONTENTS: tuple[tuple[Text, Text], ...] = (
    (
        ("主な指標", "Key figures"),
        (
            "被保険者数、調定額、納付金、繰入金は R11 までどう推移するか。区分内の順位、推計の幅、公表値との比較",
            "How members, bills, contributions and transfers move to R11; ranks, ranges, published figures",
        ),
    ),
    (
        ("収納率", "Collection rate"),
        (
            "現年分・滞納繰越分の調定額、収納額、不納欠損額、収入未済額、収納率",
            "Billed, collected, written off, unpaid and the rate: current year and carried over",
        ),
    ),
    (
        ("保険料（税）率", "Premium rates"),
        ("現行の料率は標準保険料率とどれだけ離れているか", "How far are the rates levied from the standard ones?"),
    ),
    (
        ("納付金", "Contribution"),
        (
            "納付金と標準保険料率はどのように算定されるか。前年度との増減",
            "How contribution and standard rates are worked out, beside the year before",
        ),
    ),
    (
        ("増減の要因", "Causes of change"),
        ("賦課総額はなぜ増減するか", "Why does the total to be assessed change?"),
    ),
    (
        ("特別会計", "Special account"),
        ("歳入歳出はどうなるか", "Revenue and expenditure by year"),
    ),
    (
        ("財政健全化計画書", "Deficit plan"),
        ("赤字（法定外繰入）はいつ、どのように解消するか", "When and how does the deficit end?"),
    ),
    (
        ("改定案×モデル世帯", "Model households"),
        ("モデル世帯の年間保険料はいくらになるか", "What do model households pay?"),
    ),
    (
        ("一覧", "All municipalities"),
        (
            "全{municipalities}の収納状況・納付金・順位と区分別の計",
            "Collection, contribution and ranks of all municipalities, with totals",
        ),
    ),
    (
        ("主な結果", "Headline"),
        ("{region}全体ではどうなるか", "What happens in {region} as a whole?"),
    ),
)
"""the visible sheets: name, and the question each answers"""

_NOTES: tuple[tuple[Text, Text], ...] = (
    (
        ("単位", "units"),
        (
            "千円の欄は千円未満を四捨五入した値を持つ（円単位の値は非表示のデータシートにある）。"
            "率・1人当たり・計は円単位の値から求めるため、表示された値による計算と最終桁が一致しないことがある。",
            "Cells in 1,000 yen hold whole thousands; whole yen stand in hidden data sheets. Rates, amounts per head "
            "and totals are worked out of whole yen, so the last digit may differ.",
        ),
    ),
    (
        ("非表示のシート", "hidden sheets"),
        (
            "全{municipalities}・全年度の数値、推計の幅、滞納の明細、検証、出典、注意事項。"
            "シート名を右クリックし「再表示」で開く。",
            "Figures of all municipalities and years, ranges, arrears, validation, sources, limits: right-click a tab, "
            "Unhide.",
        ),
    ),
)


_LISTED: Text = ("非表示のシート「検証」にすべて示す", "all are listed on the hidden sheet Validation")


def write(book: Book, run: RunFolder) -> None:
    """Write the cover; the cells chosen are known to the book, and other sheets follow them."""
    lang, places = book.lang, Parameters.load().places()
    sheet = book.sheet(("表紙", "Cover"), WORDS["title"], portrait=True)
    sheet.cells.set_column(0, 0, 24)
    sheet.cells.set_column(1, 1, 20)
    sheet.cells.set_column(2, 2, WIDTH - 20)
    years = [int(y) for y in run.table("metropolis_year")["year"]]
    book.code, book.chosen_year = run.region.example, first_choice(years)
    names = [say(name, lang) for name in places.values()]
    quoted = sheet.name.replace("'", "''")
    book.choice = f"'{quoted}'!{choice(sheet, 2, WORDS['name'], names, place_name(book.code, lang))}"
    eras = [era(y) for y in years]
    book.year = f"'{quoted}'!{choice(sheet, 3, _YEAR, eras, era(book.chosen_year), PALE)}"
    sheet.cells.write_string(4, 1, say(_HOW, lang), book.style(font_color="#55606D"))
    row = _contents(sheet, 6)
    row = _lines(sheet, row + 1, _about(run, lang))
    for label, text in _NOTES:
        _line(sheet, row, say(label, lang), say(text, lang))
        row += 1
    for i, line in enumerate(summary(run, lang, listed=_LISTED).lines):
        _line(sheet, row, "" if i else say(WORDS["summary"], lang), line)
        row += 1


_YEAR: Text = ("年度（納付金・一覧）", "fiscal year (two sheets)")
_HOW: Text = (
    "黄色のセルで{municipalities}を選ぶと、全てのシートがその{municipalities}の数値に替わる。"
    "青色のセルは「納付金」と「一覧」の年度。",
    "Choose the municipality in the yellow cell: every sheet follows. The blue cell is the year of two sheets.",
)


def _contents(sheet: Sheet, row: int) -> int:
    """Write the sheets with the question each answers, linked; return the row after them."""
    lang, book = sheet.book.lang, sheet.book
    sheet.section(row, WORDS["contents"], 3)
    link = book.style(font_color="#1F5C99", underline=1)
    for name, question in CONTENTS:
        row += 1
        called = say(name, lang)
        sheet.cells.write_url(row, 0, f"internal:'{called}'!A1", link, called)
        sheet.cells.write_string(row, 1, say(question, lang), book.style())
    return row + 1


def _line(sheet: Sheet, row: int, label: str, text: str) -> None:
    sheet.cells.write_string(row, 0, label, sheet.book.style(bold=True, valign="top"))
    sheet.paragraph(row, 1, text, WIDTH)
    sheet.cells.merge_range(row, 1, row, 2, text, sheet.book.style(text_wrap=True, valign="top"))


def _lines(sheet: Sheet, row: int, lines: tuple[tuple[Text, str], ...]) -> int:
    for label, text in lines:
        _line(sheet, row, say(label, sheet.book.lang), text)
        row += 1
    return row


def _about(run: RunFolder, lang: Lang) -> tuple[tuple[Text, str], ...]:
    """Return which run the workbook shows: label and text."""
    m = run.manifest
    sample, horizon = int(m["sample"]), m["horizon"]
    return (
        (("シナリオ", "scenario"), f"{m['scenario']} — {m['description'].get(lang, '')}"),
        (("期間", "years"), f"{era(horizon['from'])}–{era(horizon['to'])}"),
        (
            ("数値の性格", "standing"),
            say(
                (
                    "シミュレーションによる推計値で、決算・公表値ではない（検討用の参考値）。",
                    "Simulated, provisional figures: neither settled nor published ones.",
                ),
                lang,
            ),
        ),
        (("標本", "sample"), word("sample_all", lang) if sample == 1 else word("sample_part", lang, n=sample)),
        (
            WORDS["as_of"],
            run.as_of or say(("なし（公表済みの全てを使う）", "none: everything published is used"), lang),
        ),
        (
            ("計算の番号", "run"),
            f"{run.path.name}　{word('seed', lang, n=m['seed'])}/{m['replicate']}　{m['digests']['all'][:16]}",
        ),
        (("作成日", "made"), in_japan(m["finished"])[:10]),
    )


def notes(book: Book, run: RunFolder) -> None:
    """Write what limits the figures, and what was published after the information date, on a hidden sheet."""
    sheet = book.sheet(("注意事項", "Limits"), WORDS["limits"], hidden=True)
    sheet.cells.set_column(0, 0, 24)
    sheet.cells.set_column(1, 1, 110)
    row = 2
    later = run.manifest.get("known_later") or []
    for label, lines in (
        (WORDS["limits"], [say(t, book.lang) for t in LIMITS]),
        (WORDS["known_later"], [f"{k['name']} · {k['published']} · {k['reason']}" for k in later]),
    ):
        for i, line in enumerate(lines):
            sheet.cells.write_string(row, 0, "" if i else say(label, book.lang), book.style(bold=True, valign="top"))
            sheet.paragraph(row, 1, line, 110)
            row += 1
