"""The examples of the documentation run as they stand."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pytest

from sim.core.errors import ParameterError

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [page for page in DOCS.rglob("*.md") if "examples" not in page.relative_to(DOCS).parts]
matplotlib.use("Agg")


@pytest.mark.parametrize("page", ["api.md", "extending.md", "outputs.md", "packages.md"])
def test_the_examples_of_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, object] = {"__name__": "example"}
    for block in blocks:
        exec(compile(block, page, "exec", dont_inherit=True), names)
    plt.close("all")
    if page == "extending.md":
        mine, base = names["mine"], names["base"]
        gain = mine.headline["collection_rate"] - base.headline["collection_rate"]  # type: ignore[attr-defined]
        assert (gain[:2] == 0).all()
        assert gain.iloc[-1] > 0
        lever = mine.folder.manifest["levers"][0]  # type: ignore[attr-defined]
        assert lever["after"] == "cost.care"
        assert mine.digest != base.digest  # type: ignore[attr-defined]


def test_the_index_of_documents_names_every_page_and_its_links_lead_somewhere() -> None:
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert all((DOCS / link).exists() for link in links)
    pages = {str(p.relative_to(DOCS)) for p in PAGES} - {"README.md"}
    pages = {page for page in pages if not page.endswith(".ja.md")}
    assert pages <= set(links), sorted(pages - set(links))


def test_the_front_pages_are_short_and_show_rows_of_the_full_table() -> None:
    for front, full in (("README.md", "close.md"), ("README.ja.md", "close.ja.md")):
        text = (DOCS.parent / front).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 62, front
        assert all((DOCS.parent / link).exists() for link in re.findall(r"\]\(([^)#]+)\)", text)), front
        figures = [
            line.partition("|")[2].partition("|")[2] for line in text.splitlines() if re.search(r"\d ?(%|pt|ポ)", line)
        ]
        shown = [line for line in figures if line.count("|") == 4]
        assert len(shown) == 5
        there = (DOCS / full).read_text(encoding="utf-8")
        assert all(line in there for line in shown), front


def test_the_citation_names_this_version() -> None:
    import sim

    assert f"\nversion: {sim.__version__}\n" in (DOCS.parent / "CITATION.cff").read_text(encoding="utf-8")


def test_every_page_of_the_site_is_in_its_navigation_once() -> None:
    text = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r": ([\w/.-]+\.md)$", text, re.MULTILINE)
    assert len(listed) == len(set(listed))
    pages = {str(p.relative_to(DOCS)) for p in PAGES if not p.name.endswith(".ja.md") and p.parent.name != "decisions"}
    assert set(listed) == pages - {"README.md"}


def test_the_tutorial_gives_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command and example of the tutorial runs, and every output is the one on the page, in both languages."""
    from sim import cli

    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(sh|pycon|yaml)\n(.*?)```", text, re.DOTALL)
    assert blocks == re.findall(
        r"```(sh|pycon|yaml)\n(.*?)```", (DOCS / "tutorial.ja.md").read_text("utf-8"), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(verbose=False)
    names: dict[str, object] = {}
    for kind, block in blocks:
        if kind == "yaml":
            (tmp_path / "my_idea.yaml").write_text(block, encoding="utf-8")
        elif kind == "sh":
            for line in block.splitlines():
                assert cli.main(line.split()[1:]) == 0, line
        else:
            test = doctest.DocTestParser().get_doctest(block, names, "tutorial.md", "tutorial.md", 0)
            wrong: list[str] = []
            assert runner.run(test, out=wrong.append, clear_globs=False).failed == 0, "".join(wrong)
            names = test.globs


def test_method_pages_name_numbers_that_exist_alike_in_both_languages() -> None:
    from sim.parameters import Parameters

    known = set(Parameters.load().passports)
    pages = [page for page in (DOCS / "method").glob("*.md") if not page.name.endswith(".ja.md")]
    assert len(pages) == 8
    for page in pages:
        used = []
        for version in (page, page.with_suffix(".ja.md")):
            text = version.read_text(encoding="utf-8")
            keys = [key for block in re.findall(r"```parameters\n(.*?)```", text, re.DOTALL) for key in block.split()]
            assert set(keys) <= known, (version.name, sorted(set(keys) - known))
            used.append(set(keys))
        assert used[1] <= used[0], page.name


def test_the_site_fills_in_formulas_numbers_and_links() -> None:
    """What `make docs` adds to pages; the build itself, strict, is a step of .ci/run."""
    pytest.importorskip("latex2mathml")
    spec = importlib.util.spec_from_file_location("site_hooks", DOCS.parent / ".ci" / "site.py")
    assert spec is not None
    assert spec.loader is not None
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    files = SimpleNamespace(get_file_from_path=lambda path: (DOCS / path).exists() or None)

    def filled(text: str, language: str, page: str = "method/payment.md") -> str:
        config = SimpleNamespace(theme={"language": language})
        return hooks.on_page_markdown(text, SimpleNamespace(file=SimpleNamespace(src_uri=page)), config, files)

    assert filled("```math\nx = 1\n```", "en").count("<math") == 1
    table = filled("```parameters\npayment.dispersion\n```", "ja")
    assert "| キー | 意味 | R7の値 |" in table
    assert "[`payment.dispersion`](../dictionary/parameters.md#payment.dispersion)" in table
    with pytest.raises(ParameterError, match=r"payment\.dispersoin"):
        filled("```parameters\npayment.dispersoin\n```", "en")
    assert filled("[a](../decisions/0001-the-year-opens-with-life.md)", "en").endswith("life.md)")
    assert filled("[log](../CHANGELOG.md)", "en", "ranges.md") == "[log](changelog.md)"
    assert filled("[cases](../tests/cases)", "en", "ranges.md") == "`tests/cases`"


def test_the_page_of_validation_is_that_of_a_command(tmp_path: Path) -> None:
    """The kept page has the form the command writes; its figures are those of the run it names."""
    from sim.engine import api
    from sim.reports import validation_page
    from sim.studies.validation import rows

    run = api.run("baseline", region="teaching", out=tmp_path, progress=False).folder
    found = rows(run)
    page = validation_page.write(run, found, tmp_path / "validation.md").read_text(encoding="utf-8")
    judged = found["ok"].dropna().astype(bool)
    assert f"**{judged.sum()} of {len(judged)} judged figures" in page
    assert page.count("**miss**") == 2 * (~judged).sum()
    kept = (DOCS / "validation.md").read_text(encoding="utf-8")
    heads = re.compile(r"^#.*$", re.MULTILINE)
    assert heads.findall(page) == heads.findall(kept)


def test_the_cluster_example_gives_the_same_on_a_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(
        [sys.executable, DOCS / "examples" / "local_cluster.py"],
        env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "the same without a cluster: True" in done.stdout


def test_the_examples_of_the_page_of_households_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim import cli

    text = (DOCS / "household.md").read_text(encoding="utf-8")
    (tmp_path / "docs").symlink_to(DOCS)
    (tmp_path / "people.csv").write_text("household,municipality,name,born\nA,港区,太郎,1980-05-10\n", encoding="utf-8")
    (tmp_path / "changes.yaml").write_text(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = [line.partition("#")[0].split()[1:] for line in re.findall(r"^kokuho .*$", text, re.MULTILINE)]
    assert len(commands) == 7
    for command in [*commands, ["household", "changes.yaml", "-m", "港区", "-y", "R7"]]:
        assert cli.main(command) == 0, command
    assert {"bills.xlsx", "curve.html", "curve.csv"} <= {path.name for path in tmp_path.iterdir()}
    names: dict[str, object] = {"__name__": "example"}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "household.md", "exec"), names)


def test_the_scenario_of_the_page_of_outputs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sim

    text = re.findall(r"```yaml\n(.*?)```", (DOCS / "outputs.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "scenarios").symlink_to(DOCS.parent / "scenarios")
    monkeypatch.chdir(tmp_path)
    made = sim.run("mine.yaml", region="teaching", progress=False)
    assert set(made.outputs) == {"arrears_by_age", "young", "born_1990"}
    assert made.outputs["arrears_by_age"]["year"].unique().tolist() == [2022, 2025]
    assert made.outputs["young"]["age"].between(20, 29).all()
    assert made.outputs["born_1990"]["year"].nunique() == 8


def test_the_examples_of_the_page_of_contributions_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim import cli

    text = (DOCS / "contribution.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = [line.partition("#")[0].split()[1:] for line in re.findall(r"^kokuho .*$", text, re.MULTILINE)]
    assert len(commands) == 6
    for command in commands:
        assert cli.main(command) == 0, command
    assert {"inputs.xlsx", "result.xlsx", "steps.csv"} <= {path.name for path in tmp_path.iterdir()}
    names: dict[str, object] = {"__name__": "example"}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "contribution.md", "exec"), names)


def test_the_examples_of_the_page_of_own_figures_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands with the teaching prefecture in place of the ward, whose runs take minutes."""
    from openpyxl import load_workbook

    from sim import cli

    text = (DOCS / "anchor.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    lines = [line.partition("#")[0] for line in re.findall(r"^kokuho .*$", text, re.MULTILINE)]
    assert len(lines) == 3
    for line in lines:
        taught = line.replace("新宿区", "甲市").replace("shinjuku", "ko").replace("--sample 20", "--sample 1")
        assert cli.main([*taught.split()[1:], "--region", "teaching"]) == 0, line
        if "--template" in line:
            book = load_workbook("figures.xlsx")
            book.active["D27"] = 40  # 特定健診受診率
            book.active["D18"] = 93
            book.save("figures.xlsx")
    names: dict[str, object] = {"__name__": "example"}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "anchor.md", "exec"), names)
    assert names["found"].table["met"].dropna().all()  # type: ignore[attr-defined]


def test_the_examples_of_the_page_of_own_rates_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim import cli
    from sim.parameters import Parameters, regions
    from sim.scenario.scenario import parse_scenario

    text = (DOCS / "rates-plan.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = [line.partition("#")[0].split()[1:] for line in re.findall(r"^kokuho .*$", text, re.MULTILINE)]
    assert len(commands) == 6
    for command in commands:
        assert cli.main(command) == 0, command
    assert {"my_plan.yaml", "plan.xlsx", "to_a_total.yaml"} <= {path.name for path in tmp_path.iterdir()}
    regions.look_at_none()
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    assert parse_scenario(example, tmp_path / "my_ward_plan.yaml", Parameters.load()).layers
    names: dict[str, object] = {"__name__": "example"}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, "rates-plan.md", "exec"), names)


def test_the_table_of_rates_on_the_page_is_what_the_register_says() -> None:
    from sim.explanations.known_rates import YEARS, counted, coverage, table_of_counts
    from sim.parameters import Parameters

    counts = counted(coverage(Parameters.load(), list(YEARS), baseline=False))
    text = (DOCS / "household.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- rates: begin -->\n")[2].partition("<!-- rates: end -->")[0]
    assert shown == table_of_counts(counts), "write it with: python -m sim.explanations.known_rates docs/household.md"


def test_the_page_of_coverage_counts_itself_and_names_places_that_exist() -> None:
    text = (DOCS / "coverage.md").read_text(encoding="utf-8")
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[1] in ("works", "simplified", "outside")]
    counts = {state: sum(row[1] == state for row in rows) for state in ("works", "simplified", "outside")}
    told = re.search(r"\*\*(\d+) work, (\d+) are simplified, (\d+) are outside\*\*", text)
    assert told is not None
    assert [*map(int, told.groups())] == [*counts.values()]
    for item, state, where, why in rows:
        assert (state == "outside") == (where == ""), item
        assert state == "works" or why, f"{item}: what is missing, and why"
        assert not where or (DOCS.parent / where.strip("`")).exists(), where
