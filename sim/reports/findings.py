"""What a figure shows, in a sentence: its alternative text says the finding, not only the title."""

from __future__ import annotations

import pandas as pd

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts
from sim.parameters.places import prefectural
from sim.reports.bills import bills_of, households_of, place_of
from sim.reports.burden_figures import group, groups_of
from sim.reports.care_figures import KINDS as CARE
from sim.reports.care_figures import by_age_of, statistics_of
from sim.reports.collection_figures import rate_of
from sim.reports.grid import shown, spoken
from sim.reports.headlines import headline_kind, headline_label
from sim.reports.levers_figures import label, of_collection, of_run, parts, with_ratio
from sim.reports.money_figures import steps_of
from sim.reports.payment_figures import shares_of
from sim.reports.people_figures import cause
from sim.reports.words import Lang, Text, say


def went(run: RunFolder, measures: tuple[str, ...], lang: Lang) -> str:
    """Return headline figures of the first and last year, "" where the figure shows none."""
    t = run.table("metropolis_year").set_index("year")
    first, last = int(t.index[0]), int(t.index[-1])
    parts = []
    for name in (m for m in measures if m in t):
        kind = headline_kind(name)
        before, after = (shown(t.at[year, name], kind, lang) + spoken(kind, lang) for year in (first, last))
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
    return _ends(run, found, lang, _RATES) if len(found) else say(_ROUGH, lang, n=len(last) or t["code"].nunique())


_ROUGH: Text = (
    "{n}{municipalities}のいずれも誤差が大きく、高低は示せない",
    "all of {n} municipalities are too rough to be told apart",
)
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


def made_up_of(run: RunFolder, lang: Lang) -> str:
    """Return what adds to the contribution of the last year, what is taken off, and the largest of both."""
    steps, whole = steps_of(run, lang)
    up, down = (sum(v for _, v in steps if v * side > 0) for side in (1, -1))
    most, least = max(steps, key=lambda step: step[1]), min(steps, key=lambda step: step[1])
    values = {"up": up, "down": -down, "whole": whole, "most_yen": most[1], "least_yen": -least[1]}
    return say(_MADE, lang, most=most[0], least=least[0], **{k: f"{v:,.0f}" for k, v in values.items()})


_MADE: Text = (
    "費用{up}億円（最大は{most}{most_yen}億円）から公費など{down}億円（最大は{least}{least_yen}億円）を差し引き、納付金は{whole}億円",
    "costs of {up} hundred million yen (largest: {most}, {most_yen}) less {down} of public and other money (largest: "
    "{least}, {least_yen}) leave a contribution of {whole}",
)


def who_bears(run: RunFolder, lang: Lang) -> str:
    """Return the groups of households with the highest and lowest burden and collection rate in the last year."""
    t = groups_of(run)
    t = t[t["year"] == t["year"].max()].dropna(subset=["burden", "rate"])
    values: dict[str, object] = {}
    for name in ("burden", "rate"):
        for end, row in (("most", t[name].idxmax()), ("least", t[name].idxmin())):
            values[f"{name}_{end}"] = group(str(t.at[row, "group"]), lang)
            values[f"{name}_{end}_share"] = f"{float(t.at[row, name]):.1%}"
    return say(_BURDEN, lang, **values)


_BURDEN: Text = (
    "負担率が最も高いのは{burden_most}（{burden_most_share}）、最も低いのは{burden_least}（{burden_least_share}）。"
    "収納率が最も高いのは{rate_most}（{rate_most_share}）、最も低いのは{rate_least}（{rate_least_share}）",
    "the burden is highest for {burden_most} ({burden_most_share}) and lowest for {burden_least} "
    "({burden_least_share}); the collection rate is highest for {rate_most} ({rate_most_share}) and lowest for "
    "{rate_least} ({rate_least_share})",
)


def dearest_place(run: RunFolder, lang: Lang) -> str:
    """Return the bill of the first model household in the last year, in the municipalities the region shows."""
    t = bills_of(run)
    first, label = next(iter(households_of(t).items()))
    last = t[(t["year"] == t["year"].max()) & (t["household"] == first)].set_index("code")["bill"]
    told = [f"{say(place_of(t, code), lang)} {float(last[code]):,.0f}" for code in run.region.shown if code in last]
    values = {"household": say(label, lang), "bills": say(("、", ", "), lang).join(told)}
    ends = {"low": f"{float(last.min()):,.0f}", "high": f"{float(last.max()):,.0f}"}
    return say(_BILL, lang, year=era(int(t["year"].max())), **values, **ends)


_BILL: Text = (
    "{year}年度の{household}は{low}〜{high}円（{bills}）",
    "{household}, {year}: {low} to {high} yen ({bills})",
)


def pays_again(run: RunFolder, lang: Lang) -> str:
    """Return how many of those who paid pay again, and how many of those who did not do not again."""
    share = shares_of(run)
    return say(_AGAIN, lang, paid=f"{share.at['paid', 'paid']:.0f}", unpaid=f"{share.at['not', 'not']:.0f}")


_AGAIN: Text = (
    "前年度に完納した世帯の{paid}%が完納し、未納だった世帯の{unpaid}%が未納",
    "{paid} % of those who paid the year before pay in full, {unpaid} % of those who paid nothing pay nothing again",
)


def origins(run: RunFolder, lang: Lang) -> str:
    """Return the claims left at both ends, and the part of them that arose in the last year."""
    t = run.table("arrears_by_vintage")
    t = t[prefectural(t["code"])] if prefectural(t["code"]).any() else t
    last = t[t["year"] == t["year"].max()]
    fresh = float(last.loc[last["origin"] == last["year"], "closing"].sum()) / float(last["closing"].sum())
    more = say(_FRESH, lang, year=era(int(last["year"].iloc[0])), share=f"{fresh:.0%}")
    return say(("、", "; "), lang).join((went(run, ("arrears_closing",), lang), more))


_FRESH: Text = (
    "{year}年度末の滞納額のうち{share}が同年度に発生",
    "{share} of the claims left at the end of {year} arose in that year",
)


def strongest_lever(run: RunFolder, lang: Lang) -> str:
    """Return the single lever that raises the collection rate most, and what all together do."""
    summary = of_collection(of_run(run)).set_index("variant")["rate"] * 100
    single = summary.drop("together", errors="ignore")
    both = f"{float(summary['together']):+.2f}" if "together" in summary else ""
    found = say(_LEVER, lang, best=label(str(single.idxmax()), lang), points=f"{float(single.max()):+.2f}")
    return found + (say(_TOGETHER, lang, points=both) if both else "")


_LEVER: Text = (
    "収納率を最も上げるのは{best}（{points}ポイント）",
    "{best} raises the collection rate most ({points} points)",
)
_TOGETHER: Text = ("、すべて行うと{points}ポイント", "; all together {points} points")


def worth_most(run: RunFolder, lang: Lang) -> str:
    """Return the lever that brings back most per yen, and how many bring back less than they cost."""
    ratio = with_ratio(of_run(run)).set_index("variant")["ratio"]
    if ratio.empty:
        return ""
    values = {"yen": f"{float(ratio.max()):,.1f}", "below": int((ratio < 1).sum()), "n": len(ratio)}
    return say(_WORTH, lang, best=label(str(ratio.idxmax()), lang), **values)


_WORTH: Text = (
    "費用1円当たりの効果が最も大きいのは{best}（{yen}円）。1円を下回るのは{n}のうち{below}",
    "{best} brings back most per yen ({yen} yen); {below} of {n} bring back less than they cost",
)


def loop_moves(run: RunFolder, lang: Lang) -> str:
    """Return what the strengths of the feedback change in the collection rate by the last year."""
    loop = parts(of_run(run))[1]
    told = [f"{label(str(v), lang)} {r * 100:+.2f}" for v, r in zip(loop["variant"], loop["rate"], strict=True)]
    return say(_LOOP, lang, told=say(("、", ", "), lang).join(told)) if told else ""


_LOOP: Text = (
    "収納率の変化（強さ1との差、ポイント）は{told}",
    "change of the collection rate against strength 1, in points: {told}",
)


def tail_ends(run: RunFolder, lang: Lang) -> str:
    """Return the share of the insured above one and ten million yen, in the first and last year."""
    t = run.table("cost_distribution").set_index(["year", "statistic"])["value"].astype(float)
    first, last = (int(end(t.index.get_level_values("year"))) for end in (min, max))
    yen, years = {"one": 1_000_000, "ten": 10_000_000}, {"a": first, "b": last}
    shares = {f"{n}_{y}": f"{t[years[y], f'above_{yen[n]}']:.2%}" for n in yen for y in years}
    return say(_TAIL, lang, first=era(first), last=era(last), **shares)


_TAIL: Text = (
    "年間医療費が100万円を超える被保険者は{first}年度{one_a}、{last}年度{one_b}。1,000万円を超えるのは{ten_a}、{ten_b}",
    "{one_a} of the insured cost more than 1 million yen in {first}, {one_b} in {last}; more than 10 million: {ten_a}, "
    "{ten_b}",
)


def held_by_few(run: RunFolder, lang: Lang) -> str:
    """Return the share of cost of the most expensive hundredth and tenth in the last year."""
    year, s = statistics_of(run)
    return say(_FEW, lang, year=era(year), one=f"{s['top_1']:.0%}", ten=f"{s['top_10']:.0%}")


_FEW: Text = (
    "{year}年度は上位1%の被保険者が医療費の{one}、上位10%が{ten}を占める",
    "in {year} the most expensive hundredth of the insured takes {one} of cost, the tenth {ten}",
)


def cost_of_ages(run: RunFolder, lang: Lang) -> str:
    """Return the ages with the lowest and highest cost per insured, and the inpatient share of the latter."""
    year, sums = by_age_of(run)
    each = sums[list(CARE)].sum(axis=1).astype(float) / sums["members"].astype(float) / 1e4
    low, high = str(each.idxmin()), str(each.idxmax())
    inpatient = float(sums.at[high, "inpatient"]) / float(sums.loc[high, list(CARE)].sum())
    values = {"least": f"{each[low]:.1f}", "most": f"{each[high]:.1f}", "inpatient": f"{inpatient:.0%}"}
    return say(_AGES, lang, year=era(year), low=low, high=high, **values)


_AGES: Text = (
    "{year}年度の1人当たり医療費は{low}歳の{least}万円が最も低く、{high}歳の{most}万円が最も高い（うち入院{inpatient}）",
    "cost per insured in {year} is lowest at {low} ({least} ten thousand yen) and highest at {high} ({most}, "
    "{inpatient} of it inpatient)",
)


FINDINGS = {
    "pyramid": ages,
    "flows": causes,
    "tiles": ends_of_rates,
    "rates": below_standard,
    "transfers": transfers_left,
    "waterfall": made_up_of,
    "burden": who_bears,
    "bills": dearest_place,
    "payment_transitions": pays_again,
    "arrears_vintage": origins,
    "levers": strongest_lever,
    "yen_per_yen": worth_most,
    "feedback": loop_moves,
    "cost_tail": tail_ends,
    "cost_lorenz": held_by_few,
    "cost_by_age": cost_of_ages,
}
"""figure -> what it shows, of figures that show more than headline figures"""
