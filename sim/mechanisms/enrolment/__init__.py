"""Enrolment: who works at what, and whose health insurance covers whom in which months.

INSURE lives the year. Employees lose employee insurance (被用者保険) by age, sex, nationality and kind of
work, members of 国保 find it; dependants (被扶養者) follow the worker of their household in the same month;
the 75th birthday leads to 後期, and its month is no longer insured (NHI Act art. 6 and 8); a dependant of
65 or more left behind by it becomes a 旧被扶養者; the household of a member who turned 75 a 特定世帯. There
are voluntary continuation (任意継続, up to 24 months), guilds (国保組合), public assistance (生活保護), the
recognised disability of 65-74, and the coverage expansion (適用拡大) in October of its years. Newborns and
arrivals are insured from their first month. It writes the facts of membership and the flows by cause.

EARN, at the end of the year, moves everybody's incomes to the calendar year that has passed.

Chances are parameters of the year and of the person, never shares of a pool: nobody's insurance depends on
people outside his household. Levels of leaving and entering are single numbers by year (`fit`).

What a first version leaves out: one event of work per person and year; hazards alike in all
municipalities; days within a month (a birthday stands for its month; the month of a death counts as
insured); which of two employed parents insures a child; children of members studying elsewhere (art. 116);
retirement of couples at the same time; a job's firm that grows or shrinks; hours of work (the expansion
sees pay and size of firm only); pensions drawn before or after 65; disability pensions; the residence
status of those who find work (`demography` changes it).
"""

from sim.mechanisms.enrolment.step import EARN, INSURE

__all__ = ["EARN", "INSURE"]
