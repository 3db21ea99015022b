"""The year. This is the model's table of contents: whoever reads it has read the model.

A fiscal year t runs from April t to March t+1. Its levy looks at the incomes of calendar year t-1, its
rates were decided in the winter before, its contribution rests on what was known the November before.
"""

from __future__ import annotations

from sim.core.step import Step
from sim.mechanisms.care import CARE
from sim.mechanisms.demography import ARRIVE, BEAR, COUNT, LIVE, REPACK, UNITE
from sim.mechanisms.enrolment import EARN, INSURE
from sim.mechanisms.finance import SETTLE
from sim.mechanisms.levy import ASSESS
from sim.mechanisms.payment import COLLECT, RUN_IN
from sim.mechanisms.rates import CONTRIBUTE, DECIDE, ESTIMATE, OPEN

YEAR: tuple[Step, ...] = (
    # ---- April to March: people
    LIVE,  # deaths, departures, births to come, leaving home, moves between municipalities
    UNITE,  # couples form
    BEAR,  # newborns
    ARRIVE,  # arrivals from other prefectures and from abroad
    REPACK,  # households closed up again, newcomers in their rows
    COUNT,  # residents, births, deaths
    INSURE,  # work, and whose insurance covers whom in which months
    # ---- June: bills (first year: with the rates in force when the model starts)
    OPEN,
    ASSESS,  # four portions, reliefs, caps, months
    # ---- April to March: care
    CARE,  # cost, counter share, high-cost benefit, receipts above the lines
    # ---- June to May: payment (first year: after years of run-in that build up the arrears)
    RUN_IN,
    COLLECT,  # instalments, reminders, seizure, write-off; arrears by fiscal year of origin
    # ---- November to March: the institutions
    ESTIMATE,  # November: contribution of the coming year at provisional coefficients (仮係数)
    CONTRIBUTE,  # January: contribution (納付金) and standard rates at final coefficients (確定係数)
    SETTLE,  # accounts of the year: metropolis, municipalities, discretionary transfer
    DECIDE,  # each municipality's actual rates of the coming year
    # ---- December: incomes of the calendar year, for the next levy
    EARN,
)
