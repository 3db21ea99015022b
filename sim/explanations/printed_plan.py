"""What a municipality has printed of its plan to end its deficit: base year, cuts, path, measures, year of the end."""

from __future__ import annotations

from dataclasses import dataclass

from sim.parameters import Parameters

MEASURES = ("rates", "collection", "health")
"""kinds of measures of the official form: 歳入の確保, 収納率の向上, 医療費の適正化"""
_ENDS = ("planned_elimination_year", "target_year_standard_rate")


@dataclass(frozen=True, kw_only=True)
class PrintedPlan:
    """The figures of a plan by fiscal year, yen; empty where nothing was found.

    base      (fiscal year, deficit) of the base year (赤字発生年度)
    cuts      reduction of the transfer against deficits planned for a year (削減予定額)
    level     (fiscal year, transfer) the path starts from: the estimate of a budget
    measures  what the measures of a kind are to bring a year, where they add up to the cut of the year
    settled   transfers against deficits of its settlements
    end       year the transfer is to be gone, 0 where no paper says
    start     first year of the plan, 0 where no paper says
    """

    base: tuple[int, int] | None
    cuts: dict[int, int]
    level: tuple[int, int] | None
    measures: dict[str, int]
    settled: dict[int, int]
    end: int
    start: int

    @classmethod
    def of(cls, p: Parameters, code: int) -> PrintedPlan:
        """Return what stands in the tables of the region."""
        printed: dict[str, dict[int, int]] = {}
        for name in ("places.deficit_plans", "places.municipal_facts"):
            table = p.table(name)
            for row in table[table["code"] == code].itertuples():
                printed.setdefault(str(row.item), {})[int(row.fiscal_year)] = int(row.value)
        base = sorted(printed.get("deficit_base_year_amount", {}).items())
        level = sorted(printed.get("off_rule_transfer_budget_estimate", {}).items())
        amounts = {kind: printed.get(f"planned_measure_{kind}", {}) for kind in MEASURES}
        ends = [year for item in _ENDS for year in printed.get(item, {})]
        return cls(
            base=base[0] if base else None,
            cuts=printed.get("planned_reduction_of_off_rule_transfer", {}),
            level=level[-1] if level else None,
            measures={kind: next(iter(by_year.values())) for kind, by_year in amounts.items() if by_year},
            settled=printed.get("deficit_covering_transfer_settlement", {}),
            end=max(ends, default=0),
            start=min(printed.get("plan_period_start", {}), default=0),
        )

    @property
    def whole(self) -> int:
        """Return what rates of reduction refer to, yen: all that is to be reduced (削減すべき合計額), else the deficit.

        All is known where the cuts are printed to the end of the plan; elsewhere the deficit of the base year stands.
        """
        if self.cuts and max(self.cuts) >= self.end > 0:
            return sum(self.cuts.values())
        return self.base[1] if self.base else 0

    def path(self, year: int) -> int | None:
        """Return the transfer the plan leaves in a year from its level on, None where it says nothing."""
        if self.level is None or year < self.level[0] or (self.cuts and year > max(self.cuts)):
            return None
        return max(0, self.level[1] - sum(cut for y, cut in self.cuts.items() if self.level[0] < y <= year))

    def measure(self, kind: str, year: int) -> int | None:
        """Return what the measures of a kind are to bring in a year whose cut they add up to."""
        adds_up = bool(self.measures) and sum(self.measures.values()) == self.cuts.get(year)
        return self.measures.get(kind) if adds_up else None


def last_printed(p: Parameters) -> int:
    """Return the last year for which a plan of the region prints an amount, 0 where none does."""
    plans = p.table("places.deficit_plans")
    years = plans.loc[plans["item"] == "planned_reduction_of_off_rule_transfer", "fiscal_year"]
    return int(years.max()) if len(years) else 0
