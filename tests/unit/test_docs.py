"""The examples of the documentation run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest

DOCS = Path(__file__).parents[2] / "docs"
matplotlib.use("Agg")


@pytest.mark.parametrize("page", ["api.md", "extending.md", "outputs.md"])
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
    pages = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md")} - {"README.md"}
    assert pages <= set(links), sorted(pages - set(links))


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
