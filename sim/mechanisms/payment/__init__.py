"""Payment: who pays the bill, who is late, what is carried over, collected, seized and written off.

Law: instalments and deduction from the pension (NHI Act arts. 76-3, 76-4; Local Tax Act art. 706), reminders and
seizure (NHI Act art. 79-2), limitation after two years for premiums (料, NHI Act art. 110) and five for the
insurance tax (税, Local Tax Act art. 18), care paid in full after a year in arrears (特別療養費, art. 54-3).

A household has a readiness to pay that stays with it, and misses instalments of its bill with a chance that depends
on readiness, burden, the rise of the bill, income, age, family type, nationality and length of stay, arrears and
method. Part of what is missed is caught up by the end of May, the cut-off of the collection rate; the
rest becomes arrears by fiscal year of origin. Parameters: `behaviour/payment.yaml` and `law/collection.yaml`.

Left out: payment month by month within the year; part-payment of an instalment; refunds; the limitation of each
single claim (a payment, agreement or seizure in a year keeps all the household's claims alive for that year); the
long-term care premium in the test for pension deduction; the town of origin of claims after a move (they stay
with the old municipality as departed claims); delinquency charges that are not paid together with the claim.
"""

from sim.mechanisms.payment.step import COLLECT, RUN_IN
from sim.population.codes import Stage

__all__ = ["COLLECT", "RUN_IN", "Stage"]
