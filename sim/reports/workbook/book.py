"""A workbook for council papers: real numbers, formats, frozen panes, A4 landscape, sources in the footer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, SupportsFloat, TypedDict, Unpack

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from sim.core.export import EXCEL
from sim.core.information import dated
from sim.core.sample import banner, tag
from sim.reports.grid import KINDS, THOUSAND, Column, Grid, missing
from sim.reports.marks import rule
from sim.reports.words import Lang, Text, say, word
from sim.reports.workbook.terms import Term, nearest

FONT = "Yu Gothic"
TOP = 4
"""row of the first column heading: title, lead and unit stand above"""


Property = str | int | float | bool
"""value of a property of a cell format"""


class ChartLook(TypedDict):
    """How a chart looks: unit, lowest value and number format of its value axis, and its size in pixels."""

    unit: NotRequired[str]
    minimum: NotRequired[float]
    form: NotRequired[str]
    size: NotRequired[tuple[int, int]]


class Book:
    """An xlsx file that is written once, with the styles all sheets share; each sheet of a sample says so."""

    def __init__(self, path: Path, lang: Lang, footer: str, sample: int = 1, as_of: str | None = None) -> None:
        self.lang, self.footer, self.sample, self.as_of = lang, footer, sample, as_of
        self.file = xlsxwriter.Workbook(str(path), EXCEL)
        self.file.formats[0].set_font_name(FONT)
        self.file.formats[0].set_font_size(10)
        self.choice, self.year = "", ""
        """the cells of the cover with the municipality and the fiscal year chosen; "" where the book has none"""
        self.code, self.chosen_year = 0, 0
        """what they hold at first"""
        self._hidden: list[Worksheet] = []
        self._styles: dict[tuple[tuple[str, Property], ...], Format] = {}

    def style(self, **given: Property) -> Format:
        """Return the format with these properties."""
        key = tuple(sorted(given.items()))
        if key not in self._styles:
            self._styles[key] = self.file.add_format({"font_name": FONT, "font_size": 10, "valign": "vcenter", **given})
        return self._styles[key]

    def number(self, kind: str, small: bool = False, **given: Property) -> Format:
        """Return the cell style of a kind; rough figures are grey and italic."""
        if small:
            given |= {"font_color": "#6D7885", "italic": True}
        if kind != "text":
            given.setdefault("num_format", KINDS[kind].excel)
        return self.style(bottom=4, bottom_color="#C9D1D9", **given)

    def sheet(
        self, name: Text, title: Text, lead: Text = ("", ""), portrait: bool = False, hidden: bool = False
    ) -> Sheet:
        """Add a sheet; `hidden` ones, which others look up or which only answer questions, go to the end."""
        sheet = Sheet(self, say(name, self.lang), say(title, self.lang), say(lead, self.lang), portrait)
        if hidden:
            self._hidden.append(sheet.cells)
            sheet.cells.hide()
        return sheet

    def close(self) -> None:
        self.file.worksheets_objs.sort(key=lambda cells: cells in self._hidden)  # stable: the order of writing else
        for place, cells in enumerate(self.file.worksheets_objs):
            cells.index = place  # names of a sheet (print titles, filters) go by its place
        self.file.worksheets()[0].activate()
        self.file.close()


RED = "#C2410C"
_FOOTER = 255
"""letters Excel allows in a footer"""


def footer(text: str) -> str:
    """Return the footer of a sheet in Excel's code: the text, the name of the sheet, the page; cut where too long."""
    rest = "&C&8&A&R&8&P / &N"
    room = _FOOTER - len("&L&8") - len(rest)
    said, kept = _code(text), text
    while len(said) > room:
        kept = kept[:-1]
        said = _code(f"{kept}…")
    return f"&L&8{said}{rest}"


def _code(text: str) -> str:
    """Return a text as Excel's code after a size of letters: & doubled; a digit must not lengthen the size."""
    return (" " if text[:1].isdigit() else "") + text.replace("&", "&&")


class Sheet:
    """One sheet: title and lead on top, then tables and charts."""

    def __init__(self, book: Book, name: str, title: str, lead: str, portrait: bool) -> None:
        self.book, self.name = book, name
        self.cells = book.file.add_worksheet(name)
        self._title(title)
        if lead:
            self.cells.write_string(1, 0, lead, book.style(font_color="#55606D"))
        self.cells.hide_gridlines(2)
        self.cells.set_paper(9)
        if not portrait:
            self.cells.set_landscape()
        self.cells.set_margins(0.5, 0.5, 0.6, 0.7)
        self.cells.fit_to_pages(1, 1 if portrait else 0)
        self.cells.set_footer(footer(book.footer))

    def _title(self, title: str) -> None:
        """Write the title, behind it information date and banner of a sample; the head of each page repeats both."""
        book = self.book
        bold = book.style(bold=True, font_size=14)
        if book.sample == 1 and book.as_of is None:
            self.cells.write_string(0, 0, title, bold)
            return
        said = " ".join(filter(None, (dated(book.as_of, book.lang), banner(book.sample, book.lang))))
        head = " ".join(filter(None, (dated(book.as_of, book.lang), tag(book.sample, book.lang))))
        red = book.style(bold=True, font_size=10, font_color=RED)
        self.cells.write_rich_string(0, 0, bold, title, red, f"   {said}", bold)
        self.cells.set_tab_color(RED)
        self.cells.set_header(f"&R&10{_code(head)}")

    def put(
        self, row: int, column: int, value: object, kind: str = "text", small: bool = False, **given: Property
    ) -> None:
        """Write one value as a number where it is one."""
        style = self.book.number(kind, small, **given)
        if isinstance(value, tuple):
            value = say(value, self.book.lang)
        if isinstance(value, str):
            self.cells.write_string(row, column, value, style)
        elif missing(value):
            self.cells.write_blank(row, column, None, style)
        else:
            self.cells.write_number(row, column, _exact(value, KINDS[kind].excel_scale), style)

    def values(self, row: int, column: int, values: Sequence[object], kind: str) -> None:
        """Write many values downwards; missing ones stay empty."""
        style, scale = self.book.number(kind), KINDS[kind].excel_scale
        for i, value in enumerate(values):
            if isinstance(value, str):
                self.cells.write_string(row + i, column, value, style)
            elif not missing(value):
                self.cells.write_number(row + i, column, _exact(value, scale), style)

    def heading(self, row: int, columns: tuple[Column, ...], first: int = 0) -> None:
        """Write the headings of columns and set their widths."""
        style = self.book.style(
            bold=True, text_wrap=True, align="center", bg_color="#E3EDF5", border=1, border_color="#B8C4CE"
        )
        for j, column in enumerate(columns):
            self.cells.write_string(row, first + j, column.heading(self.book.lang, excel=True), style)
        self.cells.set_row(row, 32)

    def paragraph(self, row: int, column: int, text: str, width: int, **given: Property) -> None:
        """Write a text that wraps in a column of `width` and make its row high enough."""
        letters = sum(2 if ord(c) > 0x2000 else 1 for c in text)
        self.cells.set_row(row, 15 * max(1, -(-letters // (width - 4))))
        self.cells.write_string(row, column, text, self.book.style(text_wrap=True, valign="top", **given))

    def widths(self, columns: tuple[Column, ...], first: float | None = None) -> None:
        for j, column in enumerate(columns):
            tokens = column.heading(self.book.lang, excel=True).replace("（", " ").split()
            longest = max((sum(2 if ord(c) > 0x2000 else 1 for c in t) for t in tokens if t.isascii()), default=0)
            width = first if j == 0 and first else max(KINDS[column.kind].width, min(longest + 2, 30))
            self.cells.set_column(j, j, width)

    def grid(self, grid: Grid, top: int = TOP, first: float | None = None, filtered: bool = False) -> int:
        """Write a table with its headings in row `top`; return the row after it."""
        self.widths(grid.columns, first)
        self.heading(top, grid.columns)
        for i, row in enumerate(grid.rows):
            small = i in grid.small
            for j, value in enumerate(row):
                self.put(top + 1 + i, j, value, grid.kind(i, j), small)
        end = top + 1 + len(grid.rows)
        self.cells.freeze_panes(top + 1, sum(c.kind == "text" for c in grid.columns[:2]))
        self.cells.repeat_rows(top)
        if filtered:
            self.cells.autofilter(top, 0, end - 1, len(grid.columns) - 1)
        note = say(grid.note, self.book.lang)
        if grid.small:
            why = rule(self.book.sample, self.book.lang)
            note = f"{word('italics', self.book.lang, why=why)} {note}".strip()
        if note:
            self.cells.write_string(end, 0, note, self.book.style(font_size=9, font_color="#55606D"))
        return end + 1

    def cell(self, row: int, column: int) -> str:
        return xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)

    def formula(self, row: int, column: int, text: str, value: object, kind: str = "text", small: bool = False) -> None:
        """Write a formula together with its value, for programs that do not calculate."""
        shown: str | float = ""
        if not missing(value):
            shown = value if isinstance(value, str) else _exact(value, KINDS[kind].excel_scale)
        self.cells.write_formula(row, column, text, self.book.number(kind, small), shown)

    def term(self, row: int, column: int, term: Term, kind: str, small: bool = False, **given: Property) -> None:
        """Write a formula with the value it has at first, which the term holds as the cell shows it."""
        shown = "" if term.value is None else term.value
        self.cells.write_formula(row, column, f"={term.text}", self.book.number(kind, small, **given), shown)

    def section(self, row: int, text: Text, columns: int) -> None:
        """Write the heading of a part of a table across its columns."""
        style = self.book.style(bold=True, bg_color="#F2F5F8", bottom=4, bottom_color="#C9D1D9")
        self.cells.write_string(row, 0, say(text, self.book.lang), style)
        for column in range(1, columns):
            self.cells.write_blank(row, column, None, style)

    def one_page(self) -> None:
        """Print the sheet on one page."""
        self.cells.fit_to_pages(1, 1)

    def chart(
        self,
        what: dict[str, str],
        title: Text,
        cell: tuple[int, int],
        series: Sequence[Mapping[str, object]],
        **look: Unpack[ChartLook],
    ) -> None:
        """Insert a native chart."""
        chart = self.book.file.add_chart(what)
        for each in series:
            chart.add_series(each)
        chart.set_title({"name": say(title, self.book.lang), "name_font": {"size": 11, "name": FONT}, "overlay": False})
        axis: dict[str, object] = {"name": look.get("unit", ""), "num_format": look.get("form", "#,##0")}
        axis |= {
            "name_font": {"size": 9, "bold": False},
            "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}},
        }
        if "minimum" in look:
            axis["min"] = look["minimum"]
        (chart.set_x_axis if what["type"] == "bar" else chart.set_y_axis)(axis)
        chart.set_legend({"position": "bottom", "font": {"size": 9}})
        width, height = look.get("size", (640, 300))
        chart.set_size({"width": width, "height": height})
        self.cells.insert_chart(*cell, chart, {"object_position": 2})


def as_held(value: object, kind: str) -> float | int:
    """Return a number as a cell of its kind holds it."""
    return _exact(value, KINDS[kind].excel_scale)


def _exact(value: object, scale: float) -> float | int:
    """Return a number as a cell holds it: whole numbers whole, amounts in whole thousands, other scales divided."""
    if not isinstance(value, int | float):  # a look at the type first: that at a protocol is slow
        assert isinstance(value, SupportsFloat)
    number = float(value)
    if scale == THOUSAND:
        return int(nearest(number / scale))
    if scale != 1.0:
        return number / scale
    return int(number) if number.is_integer() else number
