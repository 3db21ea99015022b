"""Model households (モデル世帯): what the same household pays under the rates of a run, by municipality and year.

    t = model_households(["baseline", "alpha_faster"])
    t[(t["household"] == "family_business") & (t["name"] == "新宿区")]

The households stand in `model_households.yaml`, made to be copied and edited. A bill rests on the actual rates and
caps the run decided (table `rates`) and on the law as the run's scenario had it; the kernel is the simulation's own.
Not seen: 資産割, which no municipality of the model levies, and remission by ordinance (条例減免).
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import InputError, nearest
from sim.core.tally import Records
from sim.core.units import era
from sim.explanations.family import read_family
from sim.explanations.household import bills_everywhere
from sim.explanations.members import Family
from sim.explanations.run_parameters import parameters_of
from sim.institutions.memory import PORTIONS
from sim.mechanisms.levy.law import income_deductions, rounding_units, rules
from sim.mechanisms.levy.state import rate_records
from sim.outputs.folder import RunFolder
from sim.outputs.matching import find_runs
from sim.outputs.measures import facts
from sim.parameters import Parameters
from sim.parameters.places import place_code
from sim.scenario.document import printable, read_plain

SHIPPED = Path(__file__).with_name("model_households.yaml")
_FIELDS = ("label", "status", "reason", "source", "members")
_LAW = ("levy.", "income.")
_PARTS = ("income_part", "asset_part", "per_head", "per_household", "per_adult", "cap")


@dataclass(frozen=True)
class ModelHousehold:
    """One household of the file; `members` as in a family file, with `age` allowed instead of `born`."""

    name: str
    ja: str
    en: str
    status: str
    reason: str
    source: str
    members: tuple[Mapping[str, object], ...]

    def family(self, year: int, late_elderly_age: int, where: str) -> Family:
        """Return the household as it stands in a fiscal year; InputError lists everything that is wrong with it."""
        rows = [_born(dict(m), year, f"{where}: {self.name}: member {i}") for i, m in enumerate(self.members, 1)]
        return read_family({"members": rows}, f"{where}: {self.name}", year, late_elderly_age)


def model_households(
    runs: Sequence[str | Path | RunFolder] | str | Path | RunFolder,
    file: str | Path | None = None,
    *,
    municipality: str | int | None = None,
) -> pd.DataFrame:
    """Return every model household's bill under the rates of each run, one row per year and municipality.

    runs          run folders, run ids or scenario names; of several names runs are taken that match
    file          the households; the shipped ones if left out
    municipality  name or code of one municipality; all if left out

    Columns: scenario, sample (N of one household in N, 1 for all), household, ja, en, year, code, name, small (the run
    holds too few households there to trust its rates, see sim.outputs.measures), insured (persons), income (yen,
    before deductions), relief (tenths off the per-head amount), medical, support, care, child, bill (yen per year),
    burden (bill / income; missing without income).

    >>> bills = sim.model_households(result.path)
    >>> bool(bills["bill"].ge(0).all())
    True
    """
    wanted = _listed(runs)
    if not wanted:
        raise InputError("model_households needs at least one run")
    folders = find_runs(wanted)
    households = read_households(file)
    where = str(file or SHIPPED.name)
    frames = [_of_run(folder, name, households, where) for folder, name in zip(folders, _names(folders), strict=True)]
    table = pd.concat(frames, ignore_index=True)
    return table if municipality is None else _only(table, municipality)


def read_households(file: str | Path | None = None) -> list[ModelHousehold]:
    """Return the households of a file; InputError lists everything that is wrong with the file itself."""
    path = Path(file) if file is not None else SHIPPED
    if not path.is_file():
        raise InputError(f"{path}: no such file; kokuho models --copy {path} writes one to start from")
    raw = read_plain(path, "file of households")
    entries = raw.get("households")
    if not isinstance(entries, dict) or not entries:
        raise InputError(f"{path}: needs 'households:', and below it a name with label and members for each")
    wrong = [f"{path}: no key '{key}'; allowed: households" for key in raw if key != "households"]
    found = [_household(str(name), entry, path, wrong) for name, entry in entries.items()]
    if wrong:
        raise InputError(printable("\n".join(wrong)))
    return [h for h in found if h is not None]


def copy_households(to: Path) -> Path:
    """Write the shipped households to a file to edit; a file that exists is not overwritten."""
    if to.exists():
        raise InputError(f"{to} exists; give the name of a new file")
    if not to.parent.is_dir():
        raise InputError(f"{to}: there is no folder {to.parent}")
    shutil.copyfile(SHIPPED, to)
    return to


def _household(name: str, entry: object, path: Path, wrong: list[str]) -> ModelHousehold | None:
    """Return a household of the file; None, with what is wrong added to the list, where it cannot be read."""
    where = f"{path}: {name}"
    if not isinstance(entry, dict):
        wrong.append(f"{where}: needs 'label:' and 'members:'")
        return None
    found = [*_unknown_keys(entry), *_objections(name, entry)]
    wrong += [f"{where}: {objection}" for objection in found]
    if found:
        return None
    label = entry.get("label", name)
    by_language = label if isinstance(label, dict) else {"ja": label, "en": label}
    ja = str(by_language.get("ja") or by_language.get("en") or name)
    return ModelHousehold(
        name=name,
        ja=ja,
        en=str(by_language.get("en") or ja),
        status=str(entry.get("status", "assumed")),
        reason=str(entry.get("reason", "")),
        source=str(entry.get("source", "")),
        members=tuple(entry["members"]),
    )


def _unknown_keys(entry: Mapping[str, object]) -> Iterator[str]:
    for key in entry:
        if key not in _FIELDS:
            yield f"no key '{key}'{nearest(str(key), _FIELDS)}; allowed: {', '.join(_FIELDS)}"


def _objections(name: str, entry: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with the values of an entry."""
    members = entry.get("members")
    if not isinstance(members, list) or not members or not all(isinstance(m, dict) for m in members):
        yield "needs 'members:', a list such as [{age: 35, head: true, salary: 200万円}]"
    label = entry.get("label", name)
    if not _is_label(label):
        yield f"label is {label!r}; write {{ja: …, en: …}} or one text for both"
    for field in ("reason", "source"):
        if not isinstance(entry.get(field, ""), str):
            yield f"{field} is {entry[field]!r}; write one text"
    status = str(entry.get("status", "assumed"))
    if status not in _STATUSES:
        yield f"status is '{status}'{nearest(status, _STATUSES)}; assumed or published"
    if status == "published" and not entry.get("source"):
        yield "a published household needs its 'source:'"


_STATUSES = ("assumed", "published")


def _is_label(label: object) -> bool:
    if isinstance(label, dict):
        return set(label) <= {"ja", "en"} and all(isinstance(text, str) for text in label.values())
    return isinstance(label, str)


def _born(member: dict[str, object], year: int, where: str) -> dict[str, object]:
    """Return the member with a date of birth: of this age on 1 April and throughout the fiscal year."""
    if "age" not in member:
        return member
    age = member.pop("age")
    if isinstance(age, bool) or not isinstance(age, int) or not 0 <= age <= 120:
        raise InputError(f"{where}: age is '{age}'; write full years on 1 April, 0-120")
    if "born" in member or "生年月日" in member:
        raise InputError(f"{where}: has both age and born; give one of them")
    return {**member, "born": datetime.date(year - age, 4, 2)}  # a year of age is full on the day before the birthday


def _listed(runs: Sequence[str | Path | RunFolder] | str | Path | RunFolder) -> list[str | Path | RunFolder]:
    return [runs] if isinstance(runs, str | Path | RunFolder) else list(runs)


def _names(folders: Sequence[RunFolder]) -> list[str]:
    """Return the scenario of each run, with the folder's name where a scenario stands twice."""
    plain = [str(f.manifest["scenario"]) for f in folders]
    return [n if plain.count(n) == 1 else f"{n} ({f.path.name})" for n, f in zip(plain, folders, strict=True)]


def _of_run(folder: RunFolder, name: str, households: list[ModelHousehold], where: str) -> pd.DataFrame:
    p = parameters_of(folder, _LAW)
    rates = folder.table("rates")
    rates = rates[rates["kind"] == "actual"].assign(asset_part=lambda t: t.get("asset_part", 0))
    places = facts(folder)
    horizon = folder.manifest["horizon"]
    years = [y for y in sorted(int(y) for y in rates["year"].unique()) if horizon["from"] <= y <= horizon["to"]]
    frames = []
    for year in years:
        t = places[places["year"] == year][["code", "name", "small"]]
        frames.append(_of_year(p, rates[rates["year"] == year], t, households, year, where))
    return pd.concat(frames, ignore_index=True).assign(scenario=name, sample=int(folder.manifest["sample"]))[COLUMNS]


COLUMNS = [
    "scenario",
    "sample",
    "household",
    "ja",
    "en",
    "year",
    "code",
    "name",
    "small",
    "insured",
    "income",
    "relief",
    *PORTIONS,
    "bill",
    "burden",
]


def _of_year(
    p: Parameters, rates: pd.DataFrame, facts: pd.DataFrame, households: list[ModelHousehold], year: int, where: str
) -> pd.DataFrame:
    codes = p.codes()
    families = [h.family(year, p.value("levy.late_elderly_age", year), where) for h in households]
    bills = bills_everywhere(families, rules(p, year, _tariff(p, rates, codes, year)))
    places = len(codes)
    known = facts.set_index("code").loc[codes]
    out = pd.DataFrame(
        {
            "household": np.repeat([h.name for h in households], places),
            "ja": np.repeat([h.ja for h in households], places),
            "en": np.repeat([h.en for h in households], places),
            "year": year,
            "code": codes * len(households),
            "name": known["name"].tolist() * len(households),
            "small": known["small"].tolist() * len(households),
            "insured": bills.insured,
            "income": np.repeat([_income(f) for f in families], places),
            "relief": bills.relief,
            **{portion: bills.portions[:, k] for k, portion in enumerate(PORTIONS)},
        }
    )
    out["bill"] = out[list(PORTIONS)].sum(axis=1)
    out["burden"] = out["bill"] / out["income"].where(out["income"] > 0)
    return out


def _income(family: Family) -> int:
    """Return the money of all members before deductions, insured or not, yen a year."""
    return sum(m.salary + m.pension + max(m.business, 0) + max(m.other, 0) for m in family.members)


def _tariff(p: Parameters, rates: pd.DataFrame, codes: list[int], year: int) -> Records:
    """Return the rates of a year as the kernel takes them, records [places, 4]."""
    table = rate_records(len(codes), len(PORTIONS))
    table["unit"] = rounding_units(p)[:, None]
    table["whole"][:, PORTIONS.index("child")] = p.by_place("levy.child_whole_yen", year)
    table["deduction"] = income_deductions(p, year)[:, None]
    by_key = rates.set_index(["code", "portion"])
    missing = [f"{c} {q}" for c in codes for q in PORTIONS if (c, q) not in by_key.index]
    if missing:
        raise InputError(f"the run has no rates of {era(year)} for {', '.join(missing[:5])}")
    for k, portion in enumerate(PORTIONS):
        own = by_key.xs(portion, level="portion").loc[codes]
        for part in _PARTS:
            table[part][:, k] = own[part].to_numpy(np.int64)
    return table


def _only(table: pd.DataFrame, municipality: str | int) -> pd.DataFrame:
    code = place_code(municipality, Parameters.load())
    return table[table["code"] == code].reset_index(drop=True)
