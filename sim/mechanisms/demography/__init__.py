"""Who lives where: the opening phase of a fiscal year (人口動態).

On 1 April those who left last year drop out, and the year of all others is drawn: death, departure to
another prefecture or abroad, a move to another municipality of the prefecture, leaving the parents' home, separation,
a birth, a change of residence status. Unions are formed, newborn and arrivals get rows, households are
rebuilt as contiguous spans (`population.households`).

Law: residents are who is on the basic resident register (Basic Resident Register Act arts. 5, 22-24: notice of moving
in, within and out); a member of 国保 joins and leaves with the register (NHI Act arts. 5, 7, 8). Age of majority: Civil
Code art. 4.

What holds:
- A fiscal year has months for those who come and go (`people.present`): a death counts in its month; a
  departure leaves the months before it; births and arrivals count from their month. Moves within the prefecture,
  unions, separations and new homes of grown children take effect on 1 April.
- Members of a household leave or move together. Its claims stay with the municipality it leaves
  (ledger `DepartedClaims`, yen by municipality: unpaid of the last bill, arrears of one to five years);
  its id and its readiness to pay go with it.
- Where the immigration agency sees arrears (payment.immigration_link), a foreign household without anybody who may stay
  for good that owes from two fiscal years ago or longer can lose its stay when it falls due (`refuse.py`), and leaves.
- Draws are keyed by person or household. Without a person nobody else's deaths, births, departures and moves
  change outside the household. Unions need two: there the one the person would have met stays single or meets
  the next in line of the same slot, so at most one person per slot gains a partner.
- Through R7 the register totals by municipality and nationality are met by the number of arrivals, fitted
  once (`sim.studies.fits.demography`) and frozen. Later arrivals are the mean of the last two fitted years times
  a lever.

A sample of 1/N keeps arriving households whose id is divisible by N, a subset of the full run. Unions are
the exception: slots are fewer by N, and partners are found within the sample.

Reads the life table R5, fertility of the prefecture and move rates by age (`parameters/people`), flows by municipality
(`parameters/places`), `behaviour/demography.yaml`; of the tables, persons, their places in households and what these
owe. Writes months present, reason of leaving, month of a birth given, status of residence and relation to the head;
`repack` makes both tables anew. What is decided before that is kept in the ledger `state.Changes`.

Left out: instalment agreements that save a stay, and stays that each member of a household has apart; events of newborn
and arrivals before their first 1 April; moves into homes for the elderly; elderly parents joining their children;
remarriage of widows and lone parents; migration that depends on income, rents or premiums; naturalisation; birth
intervals beyond the months after a birth, parity; twins; seasons of death. Destinations within the prefecture follow
the in-moves of municipalities, not distance.
"""

from sim.mechanisms.demography.step import ARRIVE, BEAR, COUNT, DEMOGRAPHY, LIVE, REPACK, UNITE

__all__ = ["ARRIVE", "BEAR", "COUNT", "DEMOGRAPHY", "LIVE", "REPACK", "UNITE"]
