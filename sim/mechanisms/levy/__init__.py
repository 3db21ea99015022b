"""What each household is billed for a fiscal year: four portions, reliefs, caps, months, rounding, exact to the yen.

Law: 国民健康保険法 arts. 72-3 to 72-3-3 and 76, its order arts. 29-7 and 29-7-2; 地方税法 arts. 703-4 to 703-5-2;
所得税法 arts. 28, 35 for the incomes; each municipality's ordinance for rates, caps and rounding.

`ASSESS` reads incomes of the calendar year before (people.salary, pension, business, other_income, declared), insurance
by month (people.insured_months) and the household, bills by `w.rates[year]`, writes households.insured, insured_months,
base_income, relief_class, bill_*, and remembers by municipality and portion: gross levy, each relief, what the cap cut
off, rounding, bill. Gross less all of these is the bill, checked every year. Reliefs are counted before the cap.

A relief is a row of `institutions.reliefs` (name, articles, order, who refunds it); who is entitled and what it takes
off stands in `reliefs`, its numbers in `law` and `law/levy.yaml`.

`sim.explanations.household.bill` explains one household's bill with the same kernel.

Order of the law kept here: income (30/100 after an involuntary job loss), the per-household levy of a former member's
household (特定世帯), 7/5/2割軽減, the half for children (未就学児, from R9 高校生年代), the waiver of the childcare
portion under 18, childbirth (産前産後), former dependants (旧被扶養者), cap, remission (条例減免), rounding.

Left out of the simulation for want of data, but in the household calculator: days of birth (a birthday on the 1st
counts as the month before), fixed-asset tax, losses carried forward, special deductions on property gains, pay within
a family business, the adjustment of salaries above 8.5 million yen for children and disability, multiple births,
remission.

Simplified: an undeclared income counts as nothing known (per-head levy only, no relief); everyone entitled to
the rules for job loss and childbirth is taken to have applied; the relief test is made once for a duty to pay,
on 1 April or the day of joining, and an involuntary job loss within the year counts for the whole test; a
household that leaves and returns within a year has a new duty with a test of its own (`levy.duty_anew`); a
birth in April relieves from April only, since the year before did not know of it; a cap for part of a year
shrinks with the months (`levy.cap_by_months`).
"""

from sim.mechanisms.levy.step import ASSESS

__all__ = ["ASSESS"]
