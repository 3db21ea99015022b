"""What a figure shows, in a sentence: its alternative text says the finding, not only the title."""

from __future__ import annotations

import pandas as pd

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts
from sim.reports.collection_figures import rate_of
from sim.reports.grid import KINDS, shown
from sim.reports.headlines import headline_kind, headline_label
from sim.reports.people_figures import cause
from sim.reports.words import Lang, Text, say


def went(run: RunFolder, measures: tuple[str, ...], lang: Lang) -> str:
    """Return headline figures of the first and last year, "" where the figure shows none."""
    t = run.table("metropolis_year").set_index("year")
    first, last = int(t.index[0]), int(t.index[-1])
    parts = []
    for name in (m for m in measures if m in t):
        kind = headline_kind(name)
        unit = "" if kind == "share" else say(KINDS[kind].unit, lang)
        unit = unit if lang == "ja" or not unit else f" {unit}"
        before, after = (shown(t.at[year, name], kind, lang) + unit for year in (first, last))
        label = say(headline_label(name), lang)
        parts.append(say(_WENT, lang, label=label, first=era(first), last=era(last), before=before, after=after))
    return say(("、", "; "), lang).join(parts)


_WENT: Text = (
    "{label}は{first}年度{before}から{last}年度{after}",
    "{label} from {before} in {first} to {after} in {last}",
)


def ages(run: RunFolder, lang: Lang) -> str:
    """Return the share aged 65-74 at both ends, and the largest age group of the last year."""
    t = run.table("members_by_age")
    last = t[t["year"] == t["year"].max()].groupby("age")["members"].sum()
    return f"{went(run, ('share_65_plus',), lang)}{say(_LARGEST, lang, age=last.idxmax())}"


_LARGEST: Text = ("。最も多いのは{age}歳", "; the largest group is aged {age}")


def causes(run: RunFolder, lang: Lang) -> str:
    """Return the largest cause of joining and of leaving in the last year."""
    t = run.table("flows")
    last = t[(t["year"] == t["year"].max()) & (t["cause"] != run.region.within)]
    sums = last.groupby(["direction", "cause"])["persons"].sum()
    values = {}
    for direction in ("in", "out"):
        values[direction] = cause(str(sums[direction].idxmax()), lang)
        values[f"{direction}_persons"] = f"{float(sums[direction].max()):,.0f}"
    return say(_CAUSES, lang, **values)


_CAUSES: Text = (
    "加入の最大の理由は{in}（{in_persons}人）、脱退の最大の理由は{out}（{out_persons}人）",
    "most join by {in} ({in_persons} persons), most leave by {out} ({out_persons} persons)",
)


def ends_of_rates(run: RunFolder, lang: Lang) -> str:
    """Return the municipalities of the highest and lowest collection rate in the last year, rough ones left out."""
    t = facts(run)
    last = t[(t["year"] == t["year"].max()) & ~t["small"]].set_index("code")
    found = rate_of(last).dropna()
    return _ends(run, found, lang, _RATES) if len(found) else ""


_RATES: Text = (
    "最も高いのは{high}（{most:.2%}）、最も低いのは{low}（{least:.2%}）",
    "highest in {high} ({most:.2%}), lowest in {low} ({least:.2%})",
)


def below_standard(run: RunFolder, lang: Lang) -> str:
    """Return how many municipalities have an income part below the standard in the last year."""
    t = run.table("rates")
    rows = t[(t["year"] == t["year"].max()) & t["portion"].isin(("medical", "support"))]
    sums = rows.groupby(["code", "kind"])["income_part"].sum().unstack("kind")
    below = int((sums["actual"] < sums["standard"]).sum())
    return say(_BELOW, lang, below=below, n=len(sums))


_BELOW: Text = (
    "所得割率が標準保険料率を下回るのは{n}{municipalities}のうち{below}",
    "the income part is below the standard in {below} of {n} municipalities",
)


def transfers_left(run: RunFolder, lang: Lang) -> str:
    """Return how many municipalities make a discretionary transfer at both ends of the run."""
    return went(run, ("discretionary_municipalities",), lang)


def _ends(run: RunFolder, values: pd.Series, lang: Lang, text: Text) -> str:
    names = run.register().places()
    high, low = (say(names[int(code)], lang) for code in (values.idxmax(), values.idxmin()))
    return say(text, lang, high=high, low=low, most=float(values.max()), least=float(values.min()))


FINDINGS = {
    "pyramid": ages,
    "flows": causes,
    "tiles": ends_of_rates,
    "rates": below_standard,
    "transfers": transfers_left,
}
"""figure -> what it shows, of figures that show more than headline figures"""
