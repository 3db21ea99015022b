"""What care costs the insured, and what the patient, 国保 and the high-cost benefit pay.

Step CARE, once a year after the levy (the class of the high-cost benefit follows the base income of the year). For
all who are insured in any month it moves the need for care on (permanent health, passing illness), draws months with
care, hospital stays and the last illness of the dying, and pays by the National Health Insurance Act (国民健康保険法
art. 42 counter share, art. 57-2 high-cost benefit, art. 58 birth and funeral grants) and the ceilings of its order.

The need of a member is a standard normal mix of permanent health, passing illness and the noise of the year. It moves
the chance of care in a month, the cost of such a month and the rate of hospital stays. Amounts of a month are multiples
of 10 yen, as points are. Parameters: `behaviour/cost.yaml` and `law/care.yaml`.

Reads residents, incomes and insured months, and households' base income and relief. Writes people.health, illness,
cost, benefit and the accounts of the ceilings (care_*), the facts owned by "cost", and the tables cost_by_age,
cost_by_place, cost_growth, cost_distribution, high_cost, health_checks and health_plan.

Health programmes (`institutions.programmes`): who takes the health check and finishes guidance is drawn person by
person (`checkup`), by the rate of the municipality in the nation's pattern by age (`uptake`); what programmes reach
beyond R4 saves cost after a lag and costs the special account at once (`programmes`).

What this version leaves out:
- one hospital and one main provider a month stand for the receipts of single hospitals in the 21,000-yen rule;
- the halved ceilings in the month of the 75th birthday, combined ceilings with long-term care (高額介護合算),
  high-cost benefit claimed late or not at all; of the ceilings of 特定疾病 only dialysis is known, as outpatient care;
- illness stands still while a person is insured elsewhere; health does not depend on income, nor death on health;
- months of one stay are independent receipts; the municipal index scales amounts, not the number of cases;
- who takes the health check is not healthier or sicker than others; checks of part-year members are not counted;
- 療養費, home nursing and meals in hospital are in the cost by age and in no kind of their own: the papers at hand
  split them for the late elderly only;
- the counter share is not rounded to 10 yen; costs are multiples of 10 yen, so that shares are whole yen.
"""

from sim.mechanisms.care.step import CARE

__all__ = ["CARE"]
