"""People: register, births and deaths, members by municipality and age, flows by cause, reliefs.

Rows with the role `context` are shown beside the figure and not judged: national figures scaled to the prefecture's
members, and assumptions where nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sim.parameters import Parameters
from sim.studies.validation.figures import Figures, published, row

Row = dict[str, object]
LEAST = 10_000
"""members from which a municipality has a row of its own"""
CARDS = 2023
"""fiscal year of the settlement cards"""
_YOUNG = [f"{a}-{a + 4}" for a in range(0, 20, 5)]
_WORKING = [f"{a}-{a + 4}" for a in range(20, 40, 5)]
_MIDDLE = [f"{a}-{a + 4}" for a in range(40, 65, 5)]
_OLD = ["65-69", "70-74"]
_MIDDLE_OF_GROUP = 2
"""full years from the first age of a five-year group to its middle"""
JOINS = {
    "births": ("birth",),
    "employee_insurance_in": ("employee", "dependant", "voluntary"),
    "assistance_in": ("assistance",),
    "moved_in": ("arrival",),
    "foreign_in": ("arrival_abroad",),
}
LEAVES = {
    "deaths": ("death",),
    "age75": ("age75",),
    "employee_insurance_out": ("employee", "dependant", "coverage_expansion"),
    "assistance_out": ("assistance",),
    "moved_out": ("departure",),
    "foreign_out": ("departure_abroad",),
}
"""causes of `flows` behind each cause of the national table"""


def rows(figures: Figures) -> list[Row]:
    """Return the rows of this subject; years outside the run keep an empty simulated figure.

    Nothing is held against a table that was made by rule.
    """
    p, years = Parameters.load(), set(figures.year.index)
    imputed = p.imputed_tables()
    parts = (
        *(_places, _register, _age_bands, _age_groups, _vital, _members_by_age, _mean_age, _schemes, _foreign, _flows),
        *(_birth_grants, _change, _reliefs, _per_head),
    )
    given = (part for part in parts if _HELD_AGAINST.get(part) not in imputed)
    return [r for part in given for r in part(figures, p, years)]


def context(name: str, year: int, unit: str, published: float, simulated: float | None, source: str) -> Row:
    """Return a row that is shown and not judged."""
    return {**row(name, "context", year, unit, published, simulated, 0.0, source), "band": None, "ok": None}


def _places(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Members and insured households of March 2024, each municipality of 10,000 members or more, then the others.

    The band of a sample is wider by four standard errors.
    """
    cards = published(p, "places.settlement_fy2023").set_index("code").loc[p.codes()]
    there = f.place[f.place["year"] == CARDS].set_index("code") if CARDS in years else None
    weight = f.sample
    for fact, column, unit in (("members_end", "insured", "persons"), ("households_end", "households", "households")):
        if cards[column].isna().any():
            continue
        large = cards["insured"] >= LEAST
        for code, target in cards.loc[large, column].items():
            got = None if there is None else float(there.loc[code, fact])
            band = 0.02 * target + (4 * np.sqrt(2 * target * weight) if weight > 1 else 0)
            yield row(f"{fact}.{code}.{CARDS}", "fitted", CARDS, unit, float(target), got, band, "kessan_card_r5")
        target = float(cards.loc[~large, column].sum())
        got = None if there is None else float(there.loc[cards.index[~large], fact].sum())
        name = f"{fact}.below_{LEAST}.{CARDS}"
        yield row(name, "fitted", CARDS, unit, target, got, 0.05 * target, "kessan_card_r5")


def _on_1_january(f: Figures, year: int, name: str, years: set[int]) -> float | None:
    """Return residents on 1 January of `year`: a quarter of April before, three quarters of March after."""
    if year - 1 not in years:
        return None
    rows_ = f.place[f.place["year"] == year - 1]
    end = {"residents": "residents_end", "residents_foreign": "residents_end_foreign"}[name]
    return 0.25 * float(rows_[name].sum()) + 0.75 * float(rows_[end].sum())


def _register(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Residents by nationality on 1 January 2023-2026, met by the arrivals."""
    totals = published(p, "places.register_totals").groupby("reference_date").sum(numeric_only=True)
    for year in (year for year in range(2023, 2027) if f"{year}-01-01" in totals.index):
        t = totals.loc[f"{year}-01-01"]
        foreign = float(t["foreign_male"] + t["foreign_female"])
        japanese = float(t["japanese_male"] + t["japanese_female"])
        got, abroad = (_on_1_january(f, year, n, years) for n in ("residents", "residents_foreign"))
        home = None if got is None or abroad is None else got - abroad
        for name, target, value in (("japanese", japanese, home), ("foreign", foreign, abroad)):
            id_ = f"register_{name}.{year}-01-01"
            yield row(id_, "fitted", year - 1, "persons", target, value, 0.003 * target, "juki_ts")


def _crowd(f: Figures, year: int, ages: list[str], years: set[int], foreign: bool | None = None) -> float | None:
    """Return residents of some five-year ages on 1 January of `year` from those of the Marches around it."""
    if not {year - 2, year - 1} <= years:
        return None
    m = f.table("members")
    m = m[m["age"].isin(ages) & m["year"].isin([year - 2, year - 1])]
    if foreign is not None:
        m = m[m["foreign"] == foreign]
    sums = m.groupby("year")["persons"].sum()
    return 0.25 * float(sums[year - 2]) + 0.75 * float(sums[year - 1])


def _age_bands(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Residents in three age bands on 1 January 2024 and 2025, used nowhere after April 2022."""
    table = published(p, "places.register_age3").groupby("reference_date").sum(numeric_only=True)
    groups = [f"{a}-{a + 4}" for a in range(0, 100, 5)] + ["100+"]
    bands = {"0_14": groups[:3], "15_64": groups[3:13], "65_plus": groups[13:]}
    for year in (year for year in (2024, 2025) if f"{year}-01-01" in table.index):
        for band, ages in bands.items():
            target = float(table.loc[f"{year}-01-01", f"age_{band}"])
            got = _crowd(f, year, ages, years)
            id_ = f"register_age_{band}.{year}-01-01"
            yield row(id_, "held_out", year - 1, "persons", target, got, 0.01 * target, "juki_ts")


def _age_groups(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Residents by age and nationality on the date of the register the base population was carried back from."""
    register = p.table("places.register_age5")
    day = str(register["reference_date"].max())
    year = int(day[:4])
    table = register.groupby("age_group").sum(numeric_only=True)
    ages = {"0-19": _YOUNG, "20-39": _WORKING, "40-64": _MIDDLE, "65-74": _OLD}
    for name, foreign in (("japanese", False), ("foreign", True)):
        for text, groups in ages.items():
            target = float(table.loc[groups, [f"{name}_male", f"{name}_female"]].to_numpy().sum())
            got, id_ = _crowd(f, year, groups, years, foreign), f"register_{name}_{text}.{day}"
            yield row(id_, "fitted", year - 1, "persons", target, got, 0.03 * target, "juki_2026_t7")


def _vital(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Births and deaths: those of the last year by municipality, to which levels were fitted, and 2024, held out.

    Where births of foreign residents are not published, those of Japanese are compared; deaths are of all residents.
    """
    flows = published(p, "places.flows_2025")
    flows = flows[flows["code"].isin(p.codes())]
    year = int(flows["calendar_year"].max()) if len(flows) else 0
    known = flows[flows["calendar_year"] == year].groupby(["flow", "nationality"])["persons"].sum()
    abroad = _calendar(f, "births_foreign", year, years)
    all_known = ("births", "foreign") in known.index
    for flow in (flow for flow in ("births", "deaths") if flow in known.index.get_level_values(0)):
        target = float(known[flow].sum())
        got = _calendar(f, flow, year, years)
        if flow == "births" and not all_known and got is not None and abroad is not None:
            got -= abroad
        yield row(f"{flow}.calendar_{year}", "fitted", year, "persons", target, got, 0.03 * target, "ju25qv1500")
    if all_known:
        target, id_ = float(known["births", "foreign"]), f"births_foreign.calendar_{year}"
        yield row(id_, "fitted", year, "persons", target, abroad, 0.06 * target, "ju25qv1500")
    moves = published(p, "places.migration_2024")
    moves = moves[moves["code"].isin(p.codes())].groupby("item")["value"].sum()
    for flow in (flow for flow in ("births", "deaths") if flow in moves.index):
        target, got = float(moves[flow]), _calendar(f, flow, 2024, years)
        yield row(f"{flow}.calendar_2024", "held_out", 2024, "persons", target, got, 0.03 * target, "ju24qv0100")


def _calendar(f: Figures, fact: str, year: int, years: set[int]) -> float | None:
    """Return a flow of a calendar year: a quarter of the fiscal year before, three quarters of that year."""
    if not {year - 1, year} <= years:
        return None
    return 0.25 * f.fact(year - 1, fact) + 0.75 * f.fact(year, fact)


def _average(f: Figures, year: int, ages: list[str] | None, foreign: bool | None = None) -> float:
    m = f.table("members_by_age")
    m = m[m["year"] == year]
    if ages is not None:
        m = m[m["age"].isin(ages)]
    if foreign is not None:
        m = m[m["foreign"] == foreign]
    return float(m["members"].sum())


def _members_by_age(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Members by age: the prefecture's shares of R4 (65-74 published, the rest assumed), the nation's beside them."""
    table = p.table("people.members_by_age")
    bands = {"0-19": _YOUNG, "20-39": _WORKING, "40-64": _MIDDLE, "65-74": _OLD}
    for place, name in ((p.region.en, ""), ("national", "_national")):
        t = table[(table["geography"] == place) & table["year"].astype(str).str.startswith("R4")].set_index("age")
        for text, ages in ((text, ages) for text, ages in bands.items() if text in t.index):
            got = _average(f, 2022, ages) / _average(f, 2022, None) if 2022 in years else None
            source = str(t.loc[text, "source_id"])
            target, id_ = float(t.loc[text, "value"]) / 100, f"members_share_{text}{name}.2022"
            yield context(id_, 2022, "ratio", target, got, source)
    shares = table[(table["geography"] == p.region.en) & (table["age"] == "65-74")].set_index("year")
    for era, year in ((era, year) for era, year in (("R6", 2024), ("R7", 2025)) if era in shares.index):
        got = _average(f, year, _OLD) / _average(f, year, None) if year in years else None
        source = str(shares.loc[era, "source_id"])
        target = float(shares.loc[era, "value"]) / 100
        yield row(f"members_share_65-74_by_grant.{year}", "fitted", year, "ratio", target, got, 0.01, source)


def _mean_age(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Mean age of the members, the nation's of R4 (54.2; 54.4 in R3) beside the prefecture's."""
    t = p.table("people.headline")
    known = t[(t["indicator"] == "mean_age") & (t["year"] == "R4")].iloc[0]
    got = None
    if 2022 in years:
        m = f.table("members_by_age")
        m = m[m["year"] == 2022]
        ages = m["age"].str.extract(r"^(\d+)", expand=False).astype(int) + _MIDDLE_OF_GROUP
        got = float((ages * m["members"]).sum() / m["members"].sum())
    yield context("mean_age_national.2022", 2022, "years", float(known["value"]), got, str(known["source_id"]))


_SCHEMES = {
    "employee": (("協会けんぽ", "健保組合", "共済"), ("employee", "dependant", "voluntary")),
    "kokuho": (("市町村国保",), ("kokuho",)),
    "guild": (("国保組合",), ("guild",)),
    "late_elderly": (("後期",), ("late_elderly",)),
    "assistance": (("その他(生活保護)",), ("assistance",)),
}
"""insurance of residents: those of the national table that make it up, and those of a run"""


def _schemes(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Residents by insurance in March 2023; the nation's shares beside the prefecture's, whose people are younger."""
    t = p.table("people.insurance_by_age").query("geography == 'national' and age == 'all' and year == '2023-03'")
    nation, mine = t.set_index("scheme")["value"].astype(float) / 100, None
    if 2022 in years:
        m = f.table("members")
        mine = m[m["year"] == 2022].groupby("scheme")["persons"].sum() / m[m["year"] == 2022]["persons"].sum()
    for name, (theirs, ours) in _SCHEMES.items():
        target = float(nation[list(theirs)].sum())
        got = None if mine is None else float(mine.reindex(list(ours)).sum())
        yield context(f"scheme_share_{name}_national.2022", 2022, "ratio", target, got, "kokuho_sugata_r6")


def _birth_grants(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Births of R5 by the requests for birth grants, the nation's times our members over its own (R4 is a flow)."""
    nation = p.table("people.headline").query("geography == 'national'").set_index(["indicator", "year"])["value"]
    schemes = p.table("people.insurance_by_age").query("age == 'all'").set_index("scheme")["value"]
    ours = float(schemes["市町村国保"] / (schemes["市町村国保"] + schemes["国保組合"]))
    if 2023 not in years:
        target, got = float(nation["birth_grant_requests", "R5"]) * ours, None
    else:
        share = _average(f, 2023, None) / float(nation["insured_year_avg", "R5 (速報)"])
        target, got = float(nation["birth_grant_requests", "R5"]) * ours * share, _flows_of(f, 2023)["births"]
    yield row("flow_births_national.2023", "held_out", 2023, "persons", target, got, 0.25 * target, "kokuho_sugata_r6")


def _per_head(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Benefit per insured at the year's end and levy per insured, the nation's of R4 beside the prefecture's."""
    nation = p.table("people.headline").query("geography == 'national' and year == 'R4'")
    nation = nation.set_index("indicator")["value"]
    benefit = billed = None
    if 2022 in years:
        benefit = f.fact(2022, "benefit") / f.fact(2022, "members_end")
        billed = float(f.year.loc[2022, "billed_per_member"])
    for name, indicator, got in (
        ("benefit_per_member_end", "benefit_per_insured_year_end_base", benefit),
        ("billed_per_member", "premium_assessed_per_insured_jigyo_nenpo", billed),
    ):
        target = float(nation[indicator])
        yield context(f"{name}_national.2022", 2022, "yen/person", target, got, "kokuho_sugata_r6")


def _foreign(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Foreign members: of all members, and of foreign residents of 20-39."""
    table = p.table("people.insurance_by_age")
    text = "20-39 foreign residents"
    rate = float(table[table["age"].astype(str) == text]["value"].iloc[0]) / 100
    got = None
    if 2023 in years:
        m = f.table("members")
        m = m[(m["year"] == 2023) & m["foreign"] & m["age"].isin(_WORKING)]
        got = float(m[m["scheme"] == "kokuho"]["persons"].sum() / m["persons"].sum())
    yield context("member_rate_foreign_20-39_national.2023", 2023, "ratio", rate, got, "koganei_council_r7")
    headline = p.table("people.headline").query("geography == 'national'")
    for year, label in ((2022, "R4"), (2023, "R5")):
        members = headline[(headline["indicator"] == "foreign_insured") & (headline["year"] == label)]["value"].iloc[0]
        stock = headline[(headline["indicator"] == "insured_jittai_survey")]
        total = stock[stock["year"].str.startswith(label)]["value"].iloc[0]
        got = _average(f, year, None, True) / _average(f, year, None) if year in years else None
        id_ = f"members_foreign_share_national.{year}"
        yield context(id_, year, "ratio", float(members) / float(total), got, "koganei_council_r7")


def _flows(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Joins and leaves by cause: national numbers of R4 x our members over the nation's of the age concerned.

    The national count of births includes the guilds, which are taken out by their share of members.
    """
    table = p.table("people.enrolment_flows")
    table = table.set_index(["direction", "cause"])["value"].astype(float) * 1000
    nation = p.table("people.headline").query("geography == 'national'").set_index(["indicator", "year"])["value"]
    national, old = float(nation["insured_year_avg", "R4"]), float(nation["insured_65plus", "R4 avg"])
    schemes = p.table("people.insurance_by_age").query("age == 'all'").set_index("scheme")["value"]
    ours_of_births = float(schemes["市町村国保"] / (schemes["市町村国保"] + schemes["国保組合"]))
    of_all, of_old = (_average(f, 2022, None) / national, _average(f, 2022, _OLD) / old) if 2022 in years else (0, 0)
    got = _flows_of(f, 2022) if 2022 in years else None
    wanted = (
        ("births", "in", "births", False, 0.25),
        ("deaths", "out", "death", True, 0.15),
        ("age75", "out", "age75_to_後期", True, 0.1),
        ("employee_insurance_in", "in", "from_被用者保険(離脱)", False, None),
        ("employee_insurance_out", "out", "to_被用者保険", False, None),
        ("assistance_in", "in", "from_生活保護廃止", False, None),
        ("assistance_out", "out", "to_生活保護", False, None),
        ("moved_in", "in/out", "転入/転出 (other municipalities)", False, None),
        ("moved_out", "in/out", "転入/転出 (other municipalities)", False, None),
        ("foreign_in", "in/out", "foreign arrivals/departures in NHI", False, None),
    )
    for name, direction, cause, elderly, band in wanted:
        simulated = None if got is None else got[name]
        share = of_old if elderly else of_all
        target = float(table[direction, cause]) * share * (ours_of_births if name == "births" else 1)
        if band is None or simulated is None:
            yield context(f"flow_{name}_national.2022", 2022, "persons", target, simulated, "kokuho_sugata_r6")
        else:
            id_ = f"flow_{name}_national.2022"
            yield row(id_, "held_out", 2022, "persons", target, simulated, band * target, "kokuho_sugata_r6")


def _flows_of(f: Figures, year: int) -> dict[str, float]:
    """Return joins and leaves of a year by name."""
    t = f.table("flows")
    sums = t[t["year"] == year].groupby(["direction", "cause"])["persons"].sum()
    sides = {"in": JOINS, "out": LEAVES}
    return {
        name: float(sum(sums.get((side, c), 0) for c in causes))
        for side, named in sides.items()
        for name, causes in named.items()
    }


def _change(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Change of members from year end to year end, the nation's and the prefecture's (from the first April in R4)."""
    ends = p.table("people.headline").query("geography == 'national' and indicator == 'insured_year_end'")
    ends = ends.set_index(ends["year"].str.slice(0, 2))["value"]
    for year, era, before in ((2022, "R4", "R3"), (2023, "R5", "R4")):
        target, got = float(ends[era] / ends[before] - 1), None
        if year in years and (year - 1 in years or year == 2022):
            opening = f.fact(year, "members_start") if year == 2022 else f.fact(year - 1, "members_end")
            got = f.fact(year, "members_end") / opening - 1
        yield context(f"members_change_national.{year}", year, "ratio", target, got, "kokuho_sugata_r6")


def _reliefs(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Households in 7, 5 and 2割軽減 in R5 beside the assumed national split of a published sum."""
    t = p.table("people.premium_history").set_index(["indicator", "year"])
    classes: dict[str, tuple[str, str, tuple[int, ...]]] = {"any": ("any_reduction_household_share", "2017", (7, 5, 2))}
    classes |= {str(n): (f"reduction_{n}wari_household_share", "R5", (n,)) for n in (7, 5, 2)}
    for name, (indicator, when, reliefs) in classes.items():
        known, got = t.loc[(indicator, when)], None
        known = known.iloc[0] if isinstance(known, pd.DataFrame) else known
        if CARDS in years:
            relieved = sum(f.fact(CARDS, f"relieved_households_{n}") for n in reliefs)
            got = relieved / f.fact(CARDS, "bill_households")
        id_, share = f"relief_{name}_households_national.{CARDS}", float(known["value"]) / 100
        yield context(id_, CARDS, "ratio", share, got, str(known["source_id"]))


_HELD_AGAINST = {_register: "places.register_totals", _age_bands: "places.register_age3"}
"""part -> the table its figures are from, where it is one a region need not give"""
