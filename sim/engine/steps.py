"""What the steps of the year do, in a few words of both languages: for the bar of a run and for `describe`."""

from __future__ import annotations

from sim.core import language

STEPS: dict[str, tuple[str, str]] = {
    "demography.live": ("転出・死亡・世帯の変動", "deaths, departures, moves"),
    "demography.unite": ("婚姻", "unions"),
    "demography.bear": ("出生", "births"),
    "demography.arrive": ("転入", "arrivals"),
    "demography.repack": ("住民の登録", "the register is renewed"),
    "demography.count": ("住民の集計", "residents are counted"),
    "enrolment.insure": ("就業・資格の得喪", "work, joining and leaving"),
    "rates.open": ("当初の保険料率", "rates in force at the start"),
    "levy.assess": ("賦課", "bills"),
    "cost.care": ("受診・保険給付", "care and benefits"),
    "payment.run_in": ("当初の滞納", "arrears at the start"),
    "payment.collect": ("収納・滞納整理", "payment and collection"),
    "rates.estimate": ("仮係数による納付金の算定", "contribution at provisional coefficients"),
    "rates.contribute": ("確定係数による納付金の算定", "contribution at final coefficients"),
    "finance.settle": ("決算", "settlement of the accounts"),
    "rates.decide": ("翌年度の保険料率の決定", "rates of the coming year"),
    "enrolment.earn": ("所得", "incomes"),
}


def told(step: str) -> str:
    """Return what a step does in the language in force; a lever's own step keeps its name."""
    return language.either(*STEPS[step]) if step in STEPS else step
