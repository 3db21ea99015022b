"""Faults put in on purpose: do the tests see them? `python -m tests.mutants [WORD ...]` (make mutants).

Each fault is one piece of text replaced in one file, tried with the test files of its mechanism in a copy of the tree.
A fault no test sees is printed as a survivor; more than three end with exit code 1. WORD keeps the faults whose name
or file holds it. A text that no longer stands in its file just once ends the whole at once: mend the list.

All is tried without compilation (NUMBA_DISABLE_JIT), so that no fault waits for a compiler.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.core import cache

ROOT = Path(__file__).resolve().parents[1]
SURVIVORS_ALLOWED = 3
_COPIED = ("sim", "tests", "scenarios", "docs", "notebooks", "pyproject.toml", "README.md", "README.ja.md", "Makefile")
_LONGEST = 900

SEEDED = "tests/faults/test_seeded.py"
ZERO = "tests/faults/test_below_zero.py"
DOOR = "tests/unit/test_contribution_door.py"
RATES = ("tests/unit/test_rates.py", SEEDED, ZERO)
BOOKS = ("tests/unit/test_finance.py", SEEDED)
RULE = ("tests/reference/test_contribution.py", SEEDED, ZERO)
LEVY = ("tests/cases/test_cases.py",)
CEILINGS = ("tests/cases/test_ceilings.py",)
EFFORT = ("tests/unit/test_effort.py",)
COST = "tests/unit/test_cost.py"


@dataclass(frozen=True)
class Mutant:
    """A fault: `before` stands once in `file` and becomes `after`; `tests` are the files that should see it."""

    name: str
    file: str
    before: str
    after: str
    tests: Sequence[str]


MUTANTS = (
    # the ten that no fast test saw
    Mutant(
        "headline rate over all bills",
        "sim/outputs/collect.py",
        'reachable = billed - total("bill_unknown_address")',
        "reachable = billed",
        (SEEDED,),
    ),
    Mutant(
        "two months of births dropped",
        "sim/mechanisms/demography/give_birth.py",
        "and mask >> month & 1\n",
        "and mask >> month & 1 and month < 10\n",
        (f"{SEEDED}::test_children_are_born_in_every_month",),
    ),
    Mutant(
        "fund unused for deficits",
        "sim/mechanisms/finance/municipal.py",
        "from_fund = np.minimum(deficit, ledger.fund)",
        "from_fund = np.zeros_like(deficit)",
        BOOKS,
    ),
    Mutant(
        "collection cost omitted",
        "sim/mechanisms/finance/municipal.py",
        '    office += w.memory.or_zero(year, "collection_cost")\n',
        "",
        BOOKS,
    ),
    Mutant(
        "sign of the legal transfer",
        "sim/mechanisms/finance/municipal.py",
        "w.books.flow(year, item) - _back(w, year, item)",
        "w.books.flow(year, item) + _back(w, year, item)",
        BOOKS,
    ),
    Mutant("largest cut ignored", "sim/institutions/agents.py", "if wanted < floor:", "if False:", RATES),
    Mutant(
        "collection rate of an older year",
        "sim/mechanisms/rates/forecast.py",
        "lambda: collection_rates(w, known))",
        "lambda: collection_rates(w, max(known - 1, 2022)))",
        RATES,
    ),
    Mutant("rates in steps of 10 yen", "sim/mechanisms/rates/decide.py", "_STEP_YEN = 100", "_STEP_YEN = 10", RATES),
    Mutant(
        "cost cut to 10 yen",
        "sim/mechanisms/care/amounts.py",
        "np.int64(yen / 10.0 + 0.5) * _POINT",
        "np.int64(yen / 10.0) * _POINT",
        (f"{SEEDED}::test_cost_is_rounded_half_up_to_ten_yen",),
    ),
    Mutant(
        "no fund of Tokyo",
        "sim/outputs/measures.py",
        '"arrears_closing", "arrears_households", "fund")',
        '"arrears_closing", "arrears_households")',
        (SEEDED,),
    ),
    # a prefecture's own figures
    Mutant(
        "items taken off are added",
        "sim/explanations/contribution/figures.py",
        "np.zeros_like(amount)) + f.sign * amount",
        "np.zeros_like(amount)) + amount",
        (DOOR,),
    ),
    Mutant(
        "sums of the insured may disagree",
        "sim/explanations/contribution/checks.py",
        "int(total) != found and",
        "int(total) < 0 and",
        (DOOR,),
    ),
    # below zero
    Mutant("caps below zero", "sim/institutions/rates.py", "return np.maximum(result, 0)", "return result", (ZERO,)),
    Mutant(
        "levies below zero",
        "sim/mechanisms/rates/portion.py",
        "rule.not_below_zero(rule.with_items(d.base, items, {}))",
        "rule.with_items(d.base, items, {})",
        (ZERO,),
    ),
    Mutant(
        "wards' portions below zero",
        "sim/mechanisms/rates/decide.py",
        "members, out, k, max(total, 0.0))",
        "members, out, k, total)",
        (ZERO, *RATES),
    ),
    Mutant(
        "a floor given to nobody",
        "sim/mechanisms/rates/contribution.py",
        "return most - apportion(int(most.sum()) - max(int(levy.sum()), 0), most)",
        "return most",
        (ZERO,),
    ),
    Mutant(
        "more public money than need is charged",
        "sim/mechanisms/rates/requirement.py",
        "return max(self.total, 0)",
        "return self.total",
        (ZERO,),
    ),
    Mutant(
        "shares above all care", "sim/engine/checks.py", "if math.fsum(parts) > 1 + _ADDS_UP:", "if False:", (ZERO,)
    ),
    Mutant("negative care unseen", "sim/engine/checks.py", "_not_below_zero(state, year, _CARE)", "pass", (ZERO,)),
    # contribution
    Mutant(
        "alpha reversed",
        "sim/mechanisms/rates/contribution.py",
        "level + a1 * x_i",
        "level - a1 * x_i",
        RULE,
    ),
    Mutant(
        "provisional amounts rounded down",
        "sim/mechanisms/rates/contribution.py",
        "[-(-up * (level + a1 * x_i) * d_i // down)",
        "[(up * (level + a1 * x_i) * d_i // down)",
        RULE,
    ),
    Mutant("coefficients of 6 decimals", "sim/mechanisms/rates/contribution.py", "DIGITS = 13", "DIGITS = 6", RULE),
    Mutant(
        "rest on the first municipality",
        "sim/mechanisms/rates/contribution.py",
        "base[base.argmax()] += left",
        "base[0] += left",
        RULE,
    ),
    Mutant(
        "halves rounded down",
        "sim/mechanisms/rates/contribution.py",
        "return (2 * numerator + denominator) // (2 * denominator)",
        "return (2 * numerator + denominator - 1) // (2 * denominator)",
        RULE,
    ),
    Mutant(
        "municipal costs left out",
        "sim/mechanisms/rates/contribution.py",
        "        total += amount\n    for amount in reductions",
        "        total += 0\n    for amount in reductions",
        (*RULE, *RATES),
    ),
    Mutant(
        "nearly unified as complete",
        "sim/mechanisms/rates/contribution.py",
        'if stage == "complete" else list(basis)',
        "",
        RULE,
    ),
    Mutant(
        "households weigh half of 3方式",
        "sim/mechanisms/rates/contribution.py",
        "THREE_PART = Method(household=Fraction(3, 10))",
        "THREE_PART = Method(household=Fraction(5, 10))",
        RULE,
    ),
    # rates and forecast
    Mutant(
        "no easing", "sim/mechanisms/rates/portion.py", "given, before - easing, weight", "given, before, weight", RATES
    ),
    Mutant("index of two years", "sim/mechanisms/rates/forecast.py", "_INDEX_YEARS = 3", "_INDEX_YEARS = 2", RATES),
    Mutant("income of one year", "sim/mechanisms/rates/forecast.py", "_INCOME_YEARS = 3", "_INCOME_YEARS = 1", RATES),
    Mutant(
        "announced members ignored",
        "sim/mechanisms/rates/forecast.py",
        "return members * (figure / own)",
        "return members",
        RATES,
    ),
    Mutant(
        "the old cost no more",
        "sim/mechanisms/rates/forecast.py",
        "* younger + old_benefit * older\n",
        "* growth + old_benefit * growth\n",
        RATES,
    ),
    Mutant(
        "surplus kept",
        "sim/mechanisms/rates/requirement.py",
        'lines["b9"] = -back',
        'lines["b9"] = 0',
        (*RATES, *BOOKS),
    ),
    Mutant(
        "elderly grant settled with the wrong sign",
        "sim/mechanisms/rates/requirement.py",
        "return provisional, actual - ledger.elderly[past]",
        "return provisional, ledger.elderly[past] - actual",
        (*RATES, *BOOKS),
    ),
    Mutant(
        "ward split 42 : 58",
        "sim/mechanisms/rates/decide.py",
        "levied * split * MILLION",
        "levied * (1 - split) * MILLION",
        RATES,
    ),
    Mutant(
        "children charged twice",
        "sim/mechanisms/rates/decide.py",
        "children = np.maximum(o.members - o.adults, 0)",
        "children = o.members",
        RATES,
    ),
    Mutant(
        "frozen rates move",
        "sim/mechanisms/rates/decide.py",
        "open_to = ~frozen & ~known.known[:, 0]",
        "open_to = ~known.known[:, 0]",
        RATES,
    ),
    # agents
    Mutant("council bears anything", "sim/institutions/agents.py", "if wanted > limit:", "if False:", RATES),
    Mutant(
        "rates fall beside a transfer",
        "sim/institutions/agents.py",
        "if allowed > 0 and wanted < s.yield_now:",
        "if False:",
        RATES,
    ),
    Mutant(
        "deadline ignored", "sim/institutions/agents.py", "if end is not None and s.year >= end:", "if False:", RATES
    ),
    Mutant(
        "a new deficit may stay", "sim/institutions/agents.py", "round(gap * (1 - 1 / max(years, 1)))", "gap", RATES
    ),
    # money
    Mutant(
        "metropolis refunds half of the reliefs",
        "sim/mechanisms/finance/municipal.py",
        "_part(relief, share))",
        "_part(relief, 0.5))",
        BOOKS,
    ),
    Mutant("loans never paid back", "sim/mechanisms/finance/municipal.py", "    ledger.loan -= due\n", "", BOOKS),
    Mutant(
        "carried balance forgotten",
        "sim/mechanisms/finance/municipal.py",
        "available = opening + result",
        "available = result",
        BOOKS,
    ),
    Mutant(
        "transfers after their end",
        "sim/mechanisms/finance/municipal.py",
        "return (ends > 0) & (ends <= year)",
        "return (ends > 0) & (ends < year)",
        (*BOOKS, *RATES),
    ),
    Mutant(
        "high-cost money of the metropolis unbooked",
        "sim/mechanisms/finance/metropolitan.py",
        '        ("high_cost_metropolis", "metropolitan_budget", m.high_cost_metropolis),\n',
        "",
        BOOKS,
    ),
    Mutant(
        "surplus without the fund's draw",
        "sim/mechanisms/finance/metropolitan.py",
        " + ledger.drawn.get(year, 0)",
        "",
        BOOKS,
    ),
    Mutant(
        "remainders to the smallest",
        "sim/institutions/funding.py",
        "key=left.__getitem__, reverse=True)",
        "key=left.__getitem__)",
        BOOKS,
    ),
    Mutant(
        "normal grant without the flat cap",
        "sim/institutions/funding.py",
        "min(flat, rules.normal_flat_cap)",
        "flat",
        BOOKS,
    ),
    Mutant(
        "elderly floor ignored",
        "sim/institutions/funding.py",
        "own = max(share, rules.elderly_floor)",
        "own = share",
        BOOKS,
    ),
    Mutant(
        "a point is worth the same whatever the nation has",
        "sim/institutions/effort.py",
        "/ points if points > 0 else 0.0\n\n\n@once\ndef prefecture_point_value",
        "/ 1e9 if points > 0 else 0.0\n\n\n@once\ndef prefecture_point_value",
        EFFORT,
    ),
    Mutant(
        "a reward without its target",
        "sim/institutions/second_part.py",
        ">= np.nan_to_num(goal, nan=np.inf)",
        ">= 0.0",
        EFFORT,
    ),
    Mutant(
        "points of effort never lost",
        "sim/institutions/effort.py",
        "_ENDED, np.where(kept, _NOT_FALLING, _FALLING))",
        "_ENDED, _FALLING)",
        EFFORT,
    ),
    # levy, by worked cases
    Mutant("cap not applied", "sim/mechanisms/levy/portion.py", "if yen > cap:", "if False:", LEVY),
    Mutant(
        "bill rounded up",
        "sim/mechanisms/levy/portion.py",
        "stage.bill -= stage.rounding",
        "stage.bill += unit - stage.rounding",
        LEVY,
    ),
    Mutant(
        "every earner counts",
        "sim/mechanisms/levy/relief_test.py",
        "max(0, house.earners - 1)",
        "house.earners",
        LEVY,
    ),
    Mutant(
        "relief below the line only",
        "sim/mechanisms/levy/relief_test.py",
        "if house.judged <= bound:",
        "if house.judged < bound:",
        LEVY,
    ),
    Mutant(
        "undeclared get reliefs",
        "sim/mechanisms/levy/relief_test.py",
        "    if house.undeclared:\n        return -1\n",
        "",
        LEVY,
    ),
    Mutant(
        "days of joining unseen in the relief test",
        "sim/mechanisms/levy/household.py",
        "return months & date != 0 if known == 0 else known > 0",
        "return months & date != 0",
        LEVY,
    ),
    Mutant(
        "the earlier of two moves counts",
        "sim/mechanisms/levy/household.py",
        "house.half_months = count_months(half & alone)",
        "house.half_months = count_months(half & ~quarter & alone)",
        LEVY,
    ),
    Mutant(
        "gains left out of the band of the pension deduction",
        "sim/mechanisms/levy/income.py",
        "max(0, gross - children + rest) + given.gain_deduction[x]",
        "max(0, gross - children + rest)",
        LEVY,
    ),
    Mutant(
        "one test a year after everybody left",
        "sim/explanations/members.py",
        "if not anew:",
        "if True:",
        LEVY,
    ),
    Mutant(
        "75 reached a day early on 29 February",
        "sim/explanations/days.py",
        "return datetime.date(born.year + age, 2, 28)",
        "return datetime.date(born.year + age, 2, 27)",
        LEVY,
    ),
    Mutant(
        "care from 39",
        "sim/mechanisms/levy/reliefs.py",
        "insured & mask_between(born + 12 * law.care_from,",
        "insured & mask_between(born + 12 * law.care_from - 12,",
        LEVY,
    ),
    # care
    Mutant(
        "small receipts count below 70",
        "sim/mechanisms/care/high_cost.py",
        "        if r[i].elderly or r[i].pay >= floor:\n            total",
        "        if True:\n            total",
        CEILINGS,
    ),
    Mutant(
        "no outpatient ceiling at 70",
        "sim/mechanisms/care/high_cost.py",
        "if old.outpatient > 0:",
        "if False:",
        CEILINGS,
    ),
    Mutant(
        "rank correlation of one year",
        "sim/mechanisms/care/tables.py",
        "_rank_sum(joint) / math.sqrt(spread)",
        "1.0",
        (f"{COST}::test_persistence_of_plain_cases",),
    ),
    Mutant(
        "a programme costs nothing",
        "sim/mechanisms/care/programmes.py",
        "yen = basis.checked * price(",
        "yen = 0 * basis.checked * price(",
        (f"{COST}::test_levers_move_what_they_say", *BOOKS),
    ),
    Mutant(
        "the shock grows on",
        "sim/mechanisms/care/scales.py",
        '("trend", "fee_revision", "rebound")',
        '("trend", "fee_revision", "rebound", "shock")',
        (f"{COST}::test_level_grows_by_trend_fees_and_rebound_and_a_shock_passes",),
    ),
    # people and months
    Mutant(
        "month of a mask shifted",
        "sim/core/units.py",
        "low = max(first - opening, 0)",
        "low = max(first - opening - 1, 0)",
        (*LEVY, "tests/unit/test_core.py"),
    ),
    Mutant(
        "books open",
        "sim/core/accounts.py",
        "                total -= t.amount\n",
        "                total -= 0 * t.amount\n",
        ("tests/unit/test_core.py", *BOOKS),
    ),
    Mutant(
        "claims appear from nowhere",
        "sim/engine/checks.py",
        'if np.any(left != get("arrears_closing")):',
        "if False:",
        (ZERO,),
    ),
)


def mistakes(mutants: Sequence[Mutant] = MUTANTS, root: Path = ROOT) -> list[str]:
    """Return what is wrong with the list: a text not there once, a test that is gone."""
    found = []
    for m in mutants:
        times = (root / m.file).read_text(encoding="utf-8").count(m.before)
        if times != 1:
            found.append(f"{m.name}: the text {m.before!r} stands {times} times in {m.file}; it must stand there once")
        found += [f"{m.name}: no {t}" for t in m.tests if not (root / t.partition("::")[0]).exists()]
    return found


def seen(tree: Path, m: Mutant) -> bool:
    """Tell whether a test fails with the fault in the tree; the file is put back."""
    path = tree / m.file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(m.before, m.after), encoding="utf-8")
    try:
        return not passes(tree, m.tests)
    finally:
        path.write_text(text, encoding="utf-8")


def passes(tree: Path, tests: Sequence[str]) -> bool:
    """Tell whether tests pass in a tree."""
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "KOKUHO_CACHE": str(cache.root())}
    env |= {"NUMBA_CACHE_DIR": str(tree.parent / "numba"), "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not full and not slow"]
    try:
        done = subprocess.run([*command, *tests], cwd=tree, env=env, capture_output=True, timeout=_LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return False  # a fault that never ends is seen
    if done.returncode > 1:
        said = done.stdout.decode()[-2000:] + done.stderr.decode()
        raise SystemExit(f"pytest could not run {', '.join(tests)}:\n{said}")
    return done.returncode == 0


def copied() -> Path:
    """Return a fresh copy of the tree beside the caches."""
    tree = cache.root() / "mutants" / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, tree / name)
    return tree


def main() -> int:
    ask = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ask.add_argument("words", nargs="*", help="parts of names or files; all faults without one")
    words = ask.parse_args().words
    if wrong := mistakes():
        print("\n".join(wrong), file=sys.stderr)
        return 2
    chosen = [m for m in MUTANTS if not words or any(word in f"{m.name} {m.file}" for word in words)]
    tree = copied()
    needed = sorted({t for m in chosen for t in m.tests})
    if not passes(tree, needed):
        print(f"a test of {', '.join(needed)} fails without any fault: mend it first", file=sys.stderr)
        return 2
    survivors = []
    for m in chosen:
        told = seen(tree, m)
        survivors += [] if told else [m]
        print(f"{'seen    ' if told else 'SURVIVES'}  {m.name} ({m.file})", flush=True)
    print(f"{len(chosen)} faults, {len(survivors)} survive (allowed: {SURVIVORS_ALLOWED})")
    return int(len(survivors) > SURVIVORS_ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
