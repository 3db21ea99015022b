"""What was published after the information date leaves no trace: not in the register, not in a bit of a run."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sim.core.errors import ParameterError
from sim.core.units import fiscal_year
from sim.engine import api
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import caps
from sim.mechanisms.demography.step import expect_arrivals
from sim.mechanisms.rates.actual import known_rates
from sim.parameters import Parameters, vintages
from sim.parameters.files import ROOT, SECTIONS
from sim.parameters.loader import forget
from sim.parameters.regions import SHIPPED
from sim.parameters.schema import Passport
from sim.population import store
from sim.studies.execution import Task
from tests.golden.worlds import digest
from tests.small import small_world

REGION = SHIPPED / "tokyo"
DATE = datetime.date(2024, 10, 31)
LAST = 2025
Change = Callable[[Path], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the region, without fits of any date, with a copy of the nation beside it."""
    left_out = shutil.ignore_patterns("*.py", "__pycache__", vintages.FOLDER)
    shutil.copytree(ROOT, tmp_path / "nation", ignore=left_out)
    return Path(shutil.copytree(REGION, tmp_path / "region", ignore=left_out))


def nation(region: Path) -> Path:
    """Return the folder of the nation that belongs to a region: the shipped one, or the copy beside a copy."""
    return ROOT if region == REGION else region.parent / "nation"


def as_of(root: Path, date: datetime.date | None = DATE, fits: bool = False) -> Parameters:
    """Return the register of a region's folder: the shipped one, or a copy."""
    return Parameters.load(root, as_of=date, fits=fits, root=nation(root))


def lived(p: Parameters) -> dict[str, str]:
    """Return the digests of the tables of a small run on a register."""
    plan = replace(api.plan("baseline", sample=20_000, last=LAST), parameters=p)
    return {name: digest(frame) for name, frame in api.frames(plan).items()}


def cell(table: str, column: str, row: dict[str, object], value: object) -> Change:
    """Return a change of one cell of a table: of the row with these cells."""

    def change(root: Path) -> None:
        path = root / f"{table.replace('.', '/')}.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        head = lines[0].split(",")
        wanted = {head.index(name): str(cell) for name, cell in row.items()}
        found = [i for i, line in enumerate(lines) if all(line.split(",")[k] == v for k, v in wanted.items())]
        assert len(found) == 1
        cells = lines[found[0]].split(",")
        cells[head.index(column)] = str(value)
        lines[found[0]] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return change


def year(key: str, written: str, instead: str) -> Change:
    """Return a change of the value of one year of a parameter."""

    def change(root: Path) -> None:
        name = key.partition(".")[2]
        path = as_of(root, None).values_in[key]
        text = path.read_text(encoding="utf-8")
        at = f"\n{text}".index(f"\n{name}:\n")
        assert 0 < text.index(written, at) - at < 900
        path.write_text(text[:at] + text[at:].replace(written, instead, 1), encoding="utf-8")
        forget()

    return change


RATES = {"code": 13101, "fiscal_year": 2025, "portion": "medical"}
CAP = {"code": 13202, "fiscal_year": 2025, "portion": "medical"}
CHANGES: dict[str, Change] = {
    "rates of a municipality": cell("places.actual_rates", "income_part", RATES, 99_000),
    "ceiling of a municipality": cell("places.caps", "cap", CAP, 100_000),
    "arrivals": cell(
        "places.arrivals", "persons", {"code": 13104, "nationality": "foreign", "fiscal_year": 2024}, 900_000
    ),
    "law of a year": year("levy.cap_medical", "R7: 660_000", "R7: 990_000"),
    "estimate of a year": year("rates.forecast_benefit", "R7: 317639", "R7: 337639"),
    "fitted value of a year": year("cost.rebound", "R6: -0.004", "R6: 0.09"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_later_fact_changes_nothing_that_is_seen(change: Change, root: Path, tmp_path: Path) -> None:
    before = as_of(REGION)
    change(root)
    after = as_of(root)
    assert after.digest() == before.digest()
    assert all(after.table(key).equals(before.table(key)) for key in before.table_paths)


def test_a_later_target_is_not_there(root: Path) -> None:
    cell("targets.totals", "value", {"id": "premium_per_insured.2022"}, 1)(root)
    assert as_of(root).digest() == as_of(REGION).digest()
    assert "premium_per_insured.2022" not in set(as_of(root).table("targets.totals")["id"])


def test_whatever_is_published_later_leaves_no_trace(root: Path) -> None:
    change_everything_later(root, as_of(REGION))
    before, after = as_of(REGION), as_of(root)
    assert after.digest() == before.digest()
    for key in before.table_paths:
        assert after.table(key).equals(before.table(key)), key
        assert (after.table(key).dtypes == before.table(key).dtypes).all(), key
    assert after.known_later() == before.known_later()


def test_no_bit_of_a_run_moves(root: Path) -> None:
    """All later facts changed at once move nothing as of the date, while each kind alone moves a run that knows it."""
    for change in CHANGES.values():
        change(root)
    assert lived(as_of(root)) == lived(as_of(REGION))


@pytest.mark.parametrize("kind", ["rates of a municipality", "arrivals", "law of a year", "estimate of a year"])
def test_without_an_information_date_the_same_change_moves_the_run(
    kind: str, root: Path, plain_run: dict[str, str]
) -> None:
    CHANGES[kind](root)
    assert lived(as_of(root, None)) != plain_run


@pytest.fixture(scope="module")
def plain_run() -> dict[str, str]:
    return lived(as_of(REGION, None))


def test_a_later_vintage_is_not_read_and_an_earlier_one_is(root: Path) -> None:
    arrivals = as_of(REGION, None).table("places.arrivals")
    vintages.write(DATE, {"cost.level": 0.9, "cost.rebound": {2022: 0.0, 2023: 0.01}}, {}, root)
    before = as_of(root, fits=True)
    vintages.write(DATE + datetime.timedelta(1), {"cost.level": 1.1}, {"places.arrivals": arrivals[:124]}, root)
    fresh = root.parent / "again"
    shutil.copytree(root, fresh)
    after, later = as_of(fresh, fits=True), as_of(fresh, DATE + datetime.timedelta(1), fits=True)
    assert after.digest() == before.digest()
    assert (before.value("cost.level", 2024), before.value("cost.rebound", 2024)) == (0.9, 0.01)
    assert later.value("cost.level", 2024) == 1.1
    assert len(later.table("places.arrivals")) == 124
    assert as_of(fresh, None).digest() == as_of(REGION, None).digest()


def test_fits_that_are_missing_say_which_there_are_and_how_to_make_some(root: Path) -> None:
    vintages.write(datetime.date(2025, 10, 31), {"cost.level": 0.9}, {}, root)
    with pytest.raises(ParameterError, match=r"2024-10-31: kept are 2025-10-31; .*kokuho calibrate --as-of 2024-10-31"):
        as_of(root, fits=True)


@pytest.mark.parametrize("text", ["R6.10.31", "令和6年10月31日", "2024/10/31", "2024-10-31"])
def test_a_date_is_read_as_officials_write_it(text: str) -> None:
    assert vintages.information_date(text) == DATE


@pytest.mark.parametrize("text", ["2024-13-01", "2024", "yesterday", "R6.2.30", ""])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is no day; write 2024-10-31, R6\.10\.31"):
        vintages.information_date(text)


def test_a_date_before_the_first_possible_one_is_refused() -> None:
    with pytest.raises(ParameterError, match="2022-09-30 is too early; the first possible is 2022-10-01"):
        api.plan("baseline", as_of="2022-09-30")


def test_law_that_was_not_decided_is_expected() -> None:
    p = as_of(REGION)
    assert not p.is_expected("levy.cap_support", 2024)
    assert p.is_expected("levy.cap_support", 2025)
    assert not as_of(REGION, None).is_expected("levy.cap_support", 2025)


def test_dates_that_know_what_the_build_reads_share_one_population() -> None:
    assert store.digest(as_of(REGION), 100, 1) == store.digest(as_of(REGION, None), 100, 1)


def test_arrivals_of_which_one_year_is_known_go_on_at_its_level() -> None:
    early = as_of(REGION, datetime.date(2022, 10, 31))
    assert set(early.table("places.arrivals")["fiscal_year"]) == {2022}
    assert (expect_arrivals(early, 2024) == expect_arrivals(early, 2022)).all()


def test_a_ceiling_that_was_not_known_is_the_national_one_of_the_time() -> None:
    p = as_of(REGION)
    tachikawa = p.codes().index(13202)
    national = [p.value(f"levy.cap_{portion}", 2025) for portion in PORTIONS]
    assert caps(p, 2025)[tachikawa].tolist() == national
    assert caps(as_of(REGION, None), 2025)[tachikawa].tolist() == [640_000, 230_000, 170_000, 0]


def test_a_city_without_any_known_rate_opens_with_the_median_of_the_cities() -> None:
    w = small_world(50, parameters=as_of(REGION, datetime.date(2022, 10, 31))).world
    found = known_rates(w, 2022, nearest=True)
    kunitachi = w.p.codes().index(13215)
    cities = [i for i, code in enumerate(w.p.codes()) if code > 13200 and i != kunitachi]
    assert found.known[:, :3].all()
    assert found.status[kunitachi, 0] == "imputed"
    assert found.rates.income_part[cities, 0].min() < found.rates.income_part[kunitachi, 0]
    assert found.rates.income_part[kunitachi, 0] < found.rates.income_part[cities, 0].max()


def test_every_year_of_every_number_has_a_value_on_the_first_date() -> None:
    p = as_of(REGION, vintages.FIRST)
    for key, passport in p.passports.items():
        if passport.values is not None:
            assert p.value(key, 2022) is not None
            assert p.value(key, 2035) is not None


def test_structure_is_listed_with_its_date_and_reason() -> None:
    listed = {later.name: later for later in as_of(REGION).known_later()}
    assert listed["places.settlement_fy2023"].published == datetime.date(2025, 12, 31)
    assert "FY2023 only" in listed["places.settlement_fy2023"].reason
    assert "cost.level" in listed
    assert "places.actual_rates" not in listed
    assert as_of(REGION, None).known_later() == []


def test_a_fit_of_the_date_is_no_longer_listed(root: Path) -> None:
    vintages.write(DATE, {"cost.level": 0.9}, {"places.cost_index": as_of(root).table("places.cost_index")}, root)
    forget()
    names = {later.name for later in as_of(root, fits=True).known_later()}
    assert not names & {"cost.level", "places.cost_index"}


def test_a_run_says_its_information_date() -> None:
    plan = Task("baseline", sample=20_000, last=2022, as_of="R6.10.31", fits=False).plan()
    assert plan.parameters.as_of == DATE
    assert plan.digest() != Task("baseline", sample=20_000, last=2022).plan().digest()
    assert plan.scenario.resolved(plan.parameters)["as_of"] == "2024-10-31"


def change_everything_later(root: Path, seen: Parameters) -> None:
    """Change every row and every value of a year that was not known on the information date of `seen`."""
    for key, path in seen.table_paths.items():
        known = set(seen.content(key).splitlines())
        lines = path.read_text(encoding="utf-8").splitlines()
        named = [name for name in seen.table_passport(key).columns if name not in ("basis", "published_on")]
        columns = [lines[0].split(",").index(name) for name in named]
        changed = [line if line.encode() in known else _changed_row(line, columns) for line in lines]
        ours = root / path.relative_to(REGION) if path.is_relative_to(REGION) else nation(root) / path.relative_to(ROOT)
        ours.write_text("\n".join(changed) + "\n", encoding="utf-8")
    whole = as_of(REGION, None)
    for section, home in itertools.product(SECTIONS, (root, nation(root))):
        for path in (home / section).glob("*.yaml"):
            entries = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
            for name, entry in entries.items():
                _change_years(entry, whole.passport(f"{path.stem}.{name}"), seen.passport(f"{path.stem}.{name}"))
            path.write_text(json.dumps(entries, default=str, ensure_ascii=False, indent=1), encoding="utf-8")


def _changed_row(line: str, columns: list[int]) -> str:
    """Return a row with other figures in its value columns, of another type than before."""
    (cells,) = csv.reader([line])
    for k in columns:
        cells[k] = "0.25"
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _change_years(entry: dict[str, Any], whole: Passport, seen: Passport) -> None:
    """Change the values of an entry whose years were not known."""
    given, known = whole.values or {}, seen.values or {}
    for written in entry.get("values") or {}:
        year = fiscal_year(written)
        if year not in given or known.get(year) == given[year]:
            continue
        low, high = whole.range or ((False, True) if isinstance(whole.sample(), bool) else (1, 3))
        value = given[year]
        others = [type(v)(high if v == low else low) for v in (value if isinstance(value, list) else [value])]
        entry["values"][written] = others if isinstance(value, list) else others[0]
