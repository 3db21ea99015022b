"""Who lives where: the opening phase of a fiscal year (人口動態).

On 1 April those who left last year drop out, and the year of everybody else is drawn: death, departure to
another prefecture or abroad, a move to another municipality of Tokyo, leaving the parents' home, separation,
a birth, a change of residence status. Unions are formed, newborn and arrivals get rows, households are
rebuilt as contiguous spans (`population.households`).

What holds:
- A fiscal year has months for those who come and go (`people.present`): a death counts in its month; a
  departure leaves the months before it; births and arrivals count from their month. Moves within Tokyo,
  unions, separations and new homes of grown children take effect on 1 April.
- Members of a household leave or move together. Its claims stay with the municipality it leaves
  (ledger `departed_claims`, yen by municipality: unpaid of the last bill, arrears of one to five years);
  its id and its readiness to pay go with it.
- Draws are keyed by person or household. Without a person nobody else's deaths, births, departures and moves
  change outside the household. Unions need two: there the one he would have met stays single or meets the
  next in line of the same slot, so at most one person per slot gains a partner.
- Through R7 the register totals by municipality and nationality are met by the number of arrivals, fitted
  once (`fit.py`) and frozen. Later arrivals are the mean of the last two fitted years times a lever.

A sample of 1/N keeps arriving households whose id is divisible by N, a subset of the full run. Unions are
the exception: slots are fewer by N, and partners are found within the sample.

Left out: events of newborn and arrivals before their first 1 April; moves into homes for the elderly;
elderly parents joining their children; remarriage of widows and lone parents; migration that depends on
income, rents or premiums; naturalisation; birth intervals beyond the twelve months after a birth, parity;
twins; seasons of death. Destinations within Tokyo follow the in-moves of municipalities, not distance.
Reads the life table R5, fertility of Tokyo and move rates by age (`parameters/people`), flows by municipality
(`parameters/places`).
"""

from sim.mechanisms.demography.step import ARRIVE, BEAR, COUNT, DEMOGRAPHY, LIVE, REPACK, UNITE

__all__ = ["ARRIVE", "BEAR", "COUNT", "DEMOGRAPHY", "LIVE", "REPACK", "UNITE"]
