"""The register refuses what has no passport, and gives the value of a year by stated rules."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sim.core.errors import ParameterError
from sim.parameters import Parameters
from sim.parameters.files import ROOT, SECTIONS
from sim.parameters.loader import forget, span
from sim.parameters.schema import plain, published_day
from sim.scenario.quantities import examples, kind_of, read
from tests.register import LAW, TABLES, small_register

GOOD = {
    "label": "Number of things",
    "unit": "persons",
    "status": "law",
    "source": "act",
    "value": "3",
}


@pytest.fixture(scope="session")
def p(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    return small_register(tmp_path_factory.mktemp("register"))


def entry(**changed: str | None) -> str:
    fields = {k: v for k, v in (GOOD | changed).items() if v is not None}
    return "things:\n" + "".join(f"  {k}: {v}\n" for k, v in fields.items())


def refused(folder: Path, **files: str) -> str:
    with pytest.raises(ParameterError) as caught:
        small_register(folder, **files)
    return str(caught.value).replace(f"{folder.name}/", "")


def test_a_complete_passport_is_accepted(tmp_path: Path) -> None:
    assert small_register(tmp_path, law__odd=entry()).value("odd.things", 2026) == 3


@pytest.mark.parametrize("field", ["label", "unit", "status", "source"])
def test_a_number_without_a_field_of_its_passport_is_refused(field: str, tmp_path: Path) -> None:
    message = refused(tmp_path, law__odd=entry(**{field: None}))
    assert message == f"parameters/law/odd.yaml:1: odd.things: has no {field}"


@pytest.mark.parametrize("field", ["label", "unit", "source"])
def test_an_empty_field_is_refused(field: str, tmp_path: Path) -> None:
    assert f"{field} is empty" in refused(tmp_path, law__odd=entry(**{field: "' '"}))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"value": None}, "give either value (all years) or values (by fiscal year)"),
        ({"values": "{R4: 1}"}, "give either value (all years) or values"),
        ({"value": None, "values": "{}"}, "at least one year"),
        ({"value": None, "values": "{R4: expected}"}, "at least one year"),
        ({"value": None, "values": "{soon: 1}"}, "'soon' is not a fiscal year"),
        ({"value": None, "values": "{R4: 1, 2022: 2}"}, "given twice"),
        ({"value": None, "values": "{R4: 1, R5: true}"}, "different types"),
        ({"value": None, "values": "{R4: [1, 2], R5: [1]}", "axis": "a, b"}, "different length"),
        ({"range": "[0, 2]"}, "3 is outside the allowed 0–2"),
        ({"value": None, "values": "{R4: 1, R5: 9}", "range": "[0, 2]"}, "9 is outside the allowed 0–2"),
        ({"value": "[1, 9]", "axis": "a, b", "range": "[0, 2]"}, "9 is outside the allowed 0–2"),
        ({"range": "[2, 0]"}, "upside down"),
        ({"range": "[0]"}, "range"),
        ({"value": "[1, 2]"}, "a list needs an axis"),
        ({"value": "[1, 2]", "axis": "[a, b, c]"}, "the list has 2 values, its axis 3"),
        ({"value": ".nan"}, "nan is not a number"),
        ({"value": "many"}, "'many' is text; a text needs choices"),
        ({"value": "65万円"}, "is text"),
        ({"value": "mail", "choices": "[letter, sms]"}, "'mail' is not one of the choices letter, sms"),
        ({"status": "rumour"}, "status 'rumour' is not one of"),
        ({"status": "assumed"}, "assumed needs a range"),
        ({"status": "assumed", "range": "[0, 9]"}, "assumed number needs a reason"),
        ({"status": "estimated", "range": "[0, 9]"}, "needs fitted_to"),
        ({"uint": "persons"}, "no field 'uint' in a passport; did you mean 'unit'?"),
        ({"source": "acts"}, "source 'acts' is not in sources.yaml; did you mean 'act'?"),
        ({"source": "act;gues"}, "did you mean 'guess'?"),
        ({"expected": "{rule: carry}"}, "has no expected.reason"),
        ({"expected": "{rule: guess, reason: x}"}, "expected.rule"),
        ({"expected": "{rule: grow, reason: x}"}, "rule grow needs a rate"),
        ({"expected": "{rule: carry, reason: x, step: 0}"}, "at least 1"),
        ({"confirmed_until": "soon"}, "'soon' is not a fiscal year"),
    ],
)
def test_what_the_loader_refuses(changed: dict[str, str | None], words: str, tmp_path: Path) -> None:
    message = refused(tmp_path, law__odd=entry(**changed))
    assert words in message
    assert message.startswith("parameters/law/odd.yaml:1: odd.things: ")


def test_a_bare_number_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, law__odd="\nthings: 5\n")
    assert (
        message == "parameters/law/odd.yaml:2: odd.things: 5 stands alone; a number needs its passport "
        "(label, unit, status, source)"
    )


def test_a_key_has_one_home(tmp_path: Path) -> None:
    message = refused(tmp_path, law__odd=entry(), policy__odd=entry())
    assert "odd.things is defined already in parameters/law/odd.yaml" in message


def test_unreadable_files(tmp_path: Path) -> None:
    assert "odd.yaml:2: not readable" in refused(tmp_path / "a", law__odd="things: {\nx: [}\n")
    assert "odd.yaml:2: not readable" in refused(tmp_path / "b", law__odd="a: 1\na: 2\n")
    assert "must be a list of" in refused(tmp_path / "c", law__odd="- 1\n")
    (tmp_path / "d").mkdir()
    with pytest.raises(ParameterError, match=r"sources.yaml: no such file"):
        Parameters.load(None, root=tmp_path / "d")


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    message = refused(
        tmp_path, law__odd=entry(unit=None, label=None), law__even=entry(source="x").replace("things", "things2")
    )
    assert len(message.splitlines()) == 3


def test_value_by_year(p: Parameters) -> None:
    assert [p.value("levy.cap_medical", y) for y in (2022, 2024, 2025)] == [650_000, 650_000, 660_000]
    assert p.value("levy.grace_months", 1999) == 6
    with pytest.raises(ParameterError, match=r"levy.cap_medical is known for R4–R7 only, not for R5"):
        small_register_without_rule(p)


def small_register_without_rule(p: Parameters) -> None:
    passport = p.passport("levy.cap_medical").model_copy(update={"expected": None})
    Parameters({"levy.cap_medical": passport}, {}, {}, {}).value("levy.cap_medical", 2023)


def test_a_year_before_the_first_is_an_error_even_with_a_rule(p: Parameters) -> None:
    with pytest.raises(ParameterError, match="not for R3"):
        p.value("levy.cap_medical", 2021)
    with pytest.raises(ParameterError, match=r"rates.alpha is known for R6–R11 only, not for R12"):
        p.value("rates.alpha", 2030)


def test_expected_values_are_carried_or_grown_and_flagged(p: Parameters) -> None:
    assert [p.value("levy.cap_medical", y) for y in (2026, 2035)] == [660_000, 660_000]
    assert [p.value("levy.cap_support", y) for y in (2024, 2025, 2026)] == [240_000, 260_000, 290_000]
    assert [p.is_expected("levy.cap_medical", y) for y in (2025, 2026, 2027)] == [False, False, True]
    assert [p.is_expected("levy.cap_support", y) for y in (2024, 2025)] == [False, True]
    assert not p.is_expected("levy.grace_months", 2035)
    q = p.with_overrides({("levy.cap_support", 2025, None): 1})
    assert not q.is_expected("levy.cap_support", 2025)
    assert q.is_expected("levy.cap_support", 2026)


def test_the_word_expected_and_a_date_are_understood(tmp_path: Path) -> None:
    text = entry(
        value=None, values="{R4: 5, R9: expected}", expected="{rule: carry, reason: x}", confirmed_until="2026-03-31"
    )
    q = small_register(tmp_path, law__odd=text)
    assert q.value("odd.things", 2027) == 5
    assert [q.is_expected("odd.things", y) for y in (2025, 2026, 2027)] == [False, True, True]


def test_types_are_kept_and_do_not_change_from_year_to_year(p: Parameters, tmp_path: Path) -> None:
    assert type(p.value("levy.cap_medical", 2025)) is int
    assert type(p.value("payment.prepayment", 2025)) is bool
    assert type(p.value("habits.burden_elasticity", 2025)) is float
    assert p.value("payment.reminder", 2025) == "letter"
    assert {type(p.value("rates.alpha", y)) for y in range(2024, 2030)} == {float}
    assert type(small_register(tmp_path, law__odd=entry(value="1")).value("odd.things", 2025)) is int


def test_overrides_go_from_the_particular_to_the_general(p: Parameters) -> None:
    key = "payment.account_share"
    q = p.with_overrides({(key, None, None): 0.1})
    assert q.value(key, 2025) == q.value(key, 2025, 13104) == 0.1
    q = q.with_overrides({(key, 2025, None): 0.2})
    assert (q.value(key, 2025, 13104), q.value(key, 2026, 13104)) == (0.2, 0.1)
    q = q.with_overrides({(key, None, 13104): 0.3})
    assert (q.value(key, 2025, 13104), q.value(key, 2025, 13101)) == (0.3, 0.2)
    q = q.with_overrides({(key, 2025, 13104): 0.4})
    assert (q.value(key, 2025, 13104), q.value(key, 2026, 13104)) == (0.4, 0.3)
    assert list(q.by_place(key, 2025)[:5]) == [0.2, 0.2, 0.2, 0.4, 0.2]
    assert q.by_place("levy.grace_months", 2025).tolist() == [6] * 62
    assert p.value(key, 2025, 13104) == 0.45, "the register itself is untouched"
    assert q.register().value(key, 2025, 13104) == 0.45


def test_unknown_keys_and_municipalities_are_refused_with_the_nearest(p: Parameters) -> None:
    with pytest.raises(ParameterError, match=r"no parameter 'rates.alfa'; did you mean 'rates.alpha'\?"):
        p.value("rates.alfa", 2025)
    with pytest.raises(ParameterError, match=r"did you mean 'rates.alpha'\?"):
        p.with_overrides({("rates.alfa", None, None): 1})
    with pytest.raises(ParameterError, match="no municipality has the code 99999"):
        p.with_overrides({("rates.alpha", None, 99999): 1})
    with pytest.raises(ParameterError, match=r"no table 'places.municipality'; did you mean 'places.municipalities'\?"):
        p.table("places.municipality")


def test_tables_are_checked_and_copied(tmp_path: Path) -> None:
    q = small_register(tmp_path)
    copy = q.table("places.municipalities")
    copy.loc[0, "code"] = 1
    assert q.codes()[0] == 13101
    assert q.places()[13104] == ("新宿区", "Shinjuku")
    path = tmp_path / "parameters" / "places" / "municipalities.csv"
    good = path.read_text(encoding="utf-8")
    for number, (text, words) in enumerate(
        [
            (good.replace(",status,", ",state,"), "lacks the columns status"),
            (good.replace(",published,", ",rumour,"), "status ['rumour']"),
            (good.replace(",act,", ",acts,"), "source 'acts' is not in sources.yaml; did you mean 'act'?"),
        ]
    ):
        other = tmp_path / f"other{number}"
        r = small_register(other)
        (other / "parameters" / "places" / "municipalities.csv").write_text(text, encoding="utf-8")
        with pytest.raises(ParameterError, match=re.escape(words)):
            r.table("places.municipalities")


def test_a_table_without_a_year_column_is_refused(tmp_path: Path) -> None:
    q = small_register(tmp_path, places__tables=TABLES.replace("2022-2029", "column"))
    with pytest.raises(ParameterError, match="has no year column"):
        q.codes()


def test_digest_notices_files_and_overrides(tmp_path: Path) -> None:
    a, b = small_register(tmp_path / "a"), small_register(tmp_path / "b")
    assert a.digest() == b.digest()
    assert a.digest() != a.with_overrides({("rates.alpha", 2025, None): 0.5}).digest()
    changed = small_register(tmp_path / "c", law__levy=LAW.replace("660_000", "670_000"))
    assert changed.digest() != a.digest()


def test_look_ups_are_quick(p: Parameters) -> None:
    q = p.with_overrides({("payment.account_share", 2025, 13104): 0.6})
    began = time.perf_counter()
    for _ in range(500):
        q.value("rates.alpha", 2025)
        q.by_place("payment.account_share", 2025)
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize(
    ("unit", "kind"),
    [
        ("yen/household/year", "yen"),
        ("円", "yen"),
        ("1/1,000,000 of base income", "per_million"),
        ("per 1_000_000", "per_million"),
        ("1/10,000", "per_10k"),
        ("percent", "percent"),
        ("share of households", "share"),
        ("ratio", "share"),
        ("probability", "share"),
        ("1/year", "share"),
        ("persons", "plain"),
        ("elasticity", "plain"),
        ("months", "plain"),
        ("coefficient", "share"),
        ("persons per year", "plain"),
        ("fiscal year", "year"),
    ],
)
def test_units_decide_what_may_be_written(unit: str, kind: str) -> None:
    assert kind_of(unit) == kind


def test_thousands_of_yen_are_converted(tmp_path: Path) -> None:
    q = small_register(tmp_path, law__odd=entry(unit="thousand yen"))
    assert read("65万円", q.passport("odd.things")).amount == 650


def test_years_flags_and_free_texts_as_values(tmp_path: Path) -> None:
    q = small_register(
        tmp_path,
        law__odd=entry(unit="fiscal year", value="2029")
        + entry(unit="0/1", value="1").replace("things", "flag")
        + entry(unit="text", value="none").replace("things", "words"),
    )
    assert [read(t, q.passport("odd.things")).amount for t in ("R11", "2029", "令和11年度", "0")] == [
        2029,
        2029,
        2029,
        0,
    ]
    assert [read(t, q.passport("odd.flag")).amount for t in ("1", "0", "true", "no")] == [1, 0, 1, 0]
    assert read("13101 13104", q.passport("odd.words")).amount == "13101 13104"
    with pytest.raises(ValueError, match="not a fiscal year"):
        read("eleven", q.passport("odd.things"))


def test_words_for_numbers_and_years() -> None:
    assert [plain(v) for v in (650_000, 0.05, True, [1, 2.5], float("inf"), 1e-7)] == [
        "650,000",
        "0.05",
        "true",
        "[1, 2.5]",
        "inf",
        "1e-07",
    ]
    assert (span([2024, 2029]), span([2024]), span([])) == ("R6–R11", "R6", "no year")


def test_the_real_register_loads_and_every_value_can_be_written_in_a_scenario() -> None:
    real = Parameters.load()
    assert real.passports
    assert {real.section(key) for key in real.passports} <= set(SECTIONS)
    for key in real.table_passports:
        assert len(real.table(key)), key
    for key, passport in real.passports.items():
        if not isinstance(passport.sample(), list):
            assert [read(spelling, passport) for spelling in examples(passport)], key


def test_by_place_is_flagged_exactly_where_the_mechanisms_ask_by_place() -> None:
    """A municipality's own value of a parameter nobody asks for by municipality would be dropped in silence."""
    real = Parameters.load()
    code = "".join(path.read_text(encoding="utf-8") for path in ROOT.parent.rglob("*.py"))
    asked = re.findall(r"by_place\(\s*f?\"([^\"]+)\"", code)
    asked += re.findall(r"\.value\(\s*f?\"([^\"]+)\",\s*[^,()]+,", code)
    patterns = [re.compile(re.sub(r"\{[^}]*\}", r"[a-z_0-9]+", key).replace(".", r"\.")) for key in asked]
    flagged = {key for key, passport in real.passports.items() if passport.by_place}
    assert {key for key in asked if key in real.passports} <= flagged
    assert not [key for key in flagged if not any(pattern.fullmatch(key) for pattern in patterns)]


def test_a_table_written_since_is_seen_once_what_was_read_is_dropped(tmp_path: Path) -> None:
    """A tool that fits a table and runs again must run with what it wrote."""
    path = tmp_path / "income_factors.csv"
    table = Parameters.load().table("places.income_factors")

    def written(factor: float) -> float:
        table.assign(income=factor).to_csv(path, index=False)
        p = Parameters.load()
        p = replace(p, table_paths={**p.table_paths, "places.income_factors": path})
        return float(p.table("places.income_factors")["income"].iloc[0])

    assert written(1.25) == 1.25
    assert written(1.5) == 1.25
    forget()
    assert written(1.5) == 1.5


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"known_on": "{R4: 2022-01-01}"}, "known_on, unknown and structure speak of values by year"),
        ({"value": None, "values": "{R4: 3}", "known_on": "{R5: 2022-01-01}"}, "known_on gives R5, of which there is"),
        ({"value": None, "values": "{R4: 3}", "known_on": "{R4: soon}"}, "'soon' is no date; write 2024-11-26"),
        ({"value": None, "values": "{R4: 3}", "range": "[0, 5]", "unknown": "9"}, "unknown: 9 is outside"),
    ],
)
def test_a_date_of_knowledge_that_cannot_be_is_refused(
    changed: dict[str, str | None], words: str, tmp_path: Path
) -> None:
    assert words in refused(tmp_path, law__odd=entry(**changed))


def test_a_source_with_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, sources="act: {title: Act, published: in spring}\n" + "guess: {title: Guess}\n")
    assert "act: published: 'in spring' is no date; write 2024-11-26, 2024-11 or 2024" in message


@pytest.mark.parametrize(
    ("text", "day"), [("2024-11", "2024-11-30"), ("2024", "2024-12-31"), ("2024-02", "2024-02-29")]
)
def test_a_coarse_date_counts_as_its_last_day(text: str, day: str) -> None:
    assert str(published_day(text)) == day
