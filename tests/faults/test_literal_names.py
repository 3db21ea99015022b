"""Names come out as they are: in legends, titles, footers, cells, CSV and the terminal."""

import matplotlib
import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure

import sim
from sim.cli.show import print_frame, show_headline
from sim.core.export import csv_text, literal, write_frame
from sim.outputs.folder import dump_yaml
from sim.reports.comparison import Comparison, build_workbook
from sim.reports.comparison.sections import courses
from sim.reports.drawing import title_of, write_figure
from sim.reports.section import Drawing
from sim.reports.theme import STYLE
from sim.reports.workbook.book import footer
from tests.fake_runs import resealed

NAMES = ("_draft", "a$b$c", "A&B", "=x", "@y{z}", "[red]w")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One tiny run under six names."""
    out = tmp_path_factory.mktemp("results")
    run = sim.run("baseline", sample=5000, last=2022, out=out, progress=False).folder
    found = []
    for i, name in enumerate(NAMES):
        path = out / f"n{i}" / "run"
        path.mkdir(parents=True)
        (path / "tables").symlink_to(run.path / "tables")
        (path / "scenario.yaml").write_bytes((run.path / "scenario.yaml").read_bytes())
        dump_yaml(path / "manifest.yaml", dict(run.manifest))
        found.append(resealed(path, scenario=name))
    return found


def test_a_legend_shows_every_name(runs):
    """matplotlib leaves _draft out of a legend and sets a$b$c as a formula."""
    c = Comparison.of(runs)
    with matplotlib.rc_context(STYLE):
        figure = courses(c.base, "ja", c)
    texts = figure.legends[0].get_texts()
    assert [t.get_text() for t in texts] == list(NAMES)
    assert not any(t.get_parse_math() for t in texts)


def test_titles_and_footers_of_figures_are_literal(tmp_path, runs):
    """A title a$\\frac$b stopped the report; a brace in a name did as well."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(layout="constrained")
        figure.add_subplot()
        write_figure(figure, r"a$\frac$b", r"$\oops$", tmp_path / "f.svg", png=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.png", "f.svg"]
    drawing = Drawing("x", lambda run, lang: Figure(), ("{first} @y{z}", "{last} @y{z}"))
    assert title_of(drawing, runs[0], "ja").startswith("R4 @y{z}")


def test_the_workbook_of_a_comparison_holds_names_as_texts(runs, tmp_path):
    """=x became a formula in the legend of a chart, and & a code in the footer."""
    path = build_workbook(Comparison.of(runs[2:4]), tmp_path, "ja")
    book = openpyxl.load_workbook(path)
    sheet = book["年度別"]
    assert {sheet.cell(r, 2).value for r in range(6, 8)} == set(NAMES[2:4])
    assert all(sheet.cell(r, 2).data_type == "s" for r in range(6, 8))
    titles = [s.tx.strRef.f for chart in sheet._charts for s in chart.series]
    assert titles
    assert all("年度別" in t for t in titles)
    assert "A&&B" in sheet.oddFooter.left.text or "A&B" in sheet.oddFooter.left.text


def test_a_long_footer_is_cut_before_excel_refuses_it():
    """Over 255 letters XlsxWriter dropped the footer with a warning; && counts twice."""
    for text in ("あ&" * 300, "kokuho", "1/100"):
        made = footer(text)
        assert len(made) <= 255
        assert made.endswith("&C&8&A&R&8&P / &N")
        said = made.removeprefix("&L&8").removesuffix("&C&8&A&R&8&P / &N")
        assert "&" not in said.replace("&&", "")
    assert footer("1/100").startswith("&L&8 1/100")


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'])
def test_labels_are_never_formulas(text, tmp_path):
    """models --out m.xlsx turned a label =HYPERLINK(...) into a live formula; the CSV as well."""
    frame = pd.DataFrame({"label": [text, "plain"], text: [1, 2]})
    assert csv_text(frame).splitlines()[1].lstrip('"').startswith("'")
    book = openpyxl.load_workbook(write_frame(frame, tmp_path / "m.xlsx"))
    cells = [c for row in book.active.iter_rows() for c in row]
    assert all(c.data_type != "f" for c in cells)
    assert not any(c.hyperlink for c in cells)
    assert cells[2].value == text


def test_numbers_written_as_text_keep_their_sign(tmp_path):
    assert [literal(t) for t in ("-1", "+2.5", "-3,000", "-4%", "1e-5", "-x")] == [
        "-1", "+2.5", "-3,000", "-4%", "1e-5", "'-x",
    ]  # fmt: skip
    frame = pd.DataFrame({"a": [-1.5, 2.0], "b": pd.array([-1, None], dtype="Int64")})
    assert pd.read_csv(write_frame(frame, tmp_path / "x.csv"))["a"].tolist() == [-1.5, 2.0]


def test_the_terminal_prints_brackets(capsys):
    """rich took [red] of a scenario's name for a colour and left it out."""
    print_frame(pd.DataFrame({"[b]": ["[red]w"]}), "[red]w")
    show_headline(pd.DataFrame({"year": [2022], "members_average": [1]}), "[red]w")
    text = capsys.readouterr().out
    assert text.count("[red]w") == 3
    assert "[b]" in text
