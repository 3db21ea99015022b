"""Money of a year: the metropolitan special account and the municipal ones, in double entry.

Law: 国民健康保険法 arts. 10 (special account), 70-76 (state, metropolis, contribution), 72-3 to 72-4 (transfers
by law), 81-2 (stabilisation fund). Reads facts of levy, payment, cost and rates; writes settlement,
discretionary_transfer (法定外繰入 決算補填等), legal_transfer, fund.

A deficit is covered by carried surplus, reserve fund, (lever) a loan of the stabilisation fund, then the
discretionary transfer; what `municipal.transfer_covers` leaves open is taken from next year's revenue (繰上充用).

Left out: the yearly settlement of state money (it follows results at once), discretionary transfers for other ends
(health programmes, local free care), instalments within the year, the refilling of grants of the stabilisation fund.
"""

from sim.mechanisms.finance.step import SETTLE

__all__ = ["SETTLE"]
