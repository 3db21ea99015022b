"""Every table a run leaves behind."""

from __future__ import annotations

from sim.mechanisms.care.plan import TABLES as PLAN
from sim.mechanisms.care.tables import TABLES as CARE
from sim.mechanisms.enrolment.tables import TABLES as ENROLMENT
from sim.mechanisms.finance.tables import TABLES as FINANCE
from sim.mechanisms.payment.tables import TABLES as PAYMENT
from sim.mechanisms.rates.tables import TABLES as CONTRIBUTIONS
from sim.outputs.tables import TABLES as STATE

TABLES = (*STATE, *ENROLMENT, *CARE, *PLAN, *PAYMENT, *CONTRIBUTIONS, *FINANCE)
BY_NAME = {table.name: table for table in TABLES}
