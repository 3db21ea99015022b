"""Money of a year: the metropolitan special account and the municipal ones, in double entry.

Law: 国民健康保険法 arts. 10 (special account), 70-76 (state, metropolis, contribution), 72-3 to 72-4 (transfers
by law), 81-2 (stabilisation fund). Reads facts of levy, payment, cost and rates; writes settlement,
single_year_balance (単年度収支差), discretionary_transfer (法定外繰入 決算補填等目的) with what it was for,
other_discretionary (決算補填等以外), legal_transfer, fund.

A deficit is covered by carried surplus, reserve fund, (lever) a loan of the stabilisation fund, then the
discretionary transfer; what `municipal.transfer_covers` leaves open is taken from next year's revenue (繰上充用).
Transfers for other purposes pass through the account, each under an item of its own.

Left out: the yearly settlement of state money (it follows results at once), instalments within the year, the refilling
of grants of the stabilisation fund.
"""

from sim.mechanisms.finance.step import SETTLE

__all__ = ["SETTLE"]
