"""A small parameter register with every kind of parameter, so that tests do not depend on the real keys."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.parameters import Parameters
from sim.parameters.regions import SHIPPED

SOURCES = """\
act: {title: National Health Insurance Act, publisher: e-Gov}
guess: {title: Assumption, publisher: this project}
"""

TABLES = """\
municipalities:
  label: The 62 municipalities
  keys: [index, code]
  columns: {levy_form: premium or tax}
  year: 2022-2029
"""

LAW = """\
cap_medical:
  label: Levy ceiling, medical portion (賦課限度額 医療分)
  unit: yen/household/year
  status: law
  source: act
  range: [0, 2_000_000]
  values: {R4: 650_000, R6: 650_000, R7: 660_000}
  confirmed_until: R8
  expected: {rule: carry, reason: no later order yet}
cap_support:
  label: Levy ceiling, support portion
  unit: yen/household/year
  status: law
  source: act
  values: {R4: 200_000, R6: 240_000}
  expected: {rule: grow, rate: 0.1, step: 10_000, reason: rises as it did}
grace_months:
  label: Months of grace
  unit: months
  status: law
  source: act
  range: [0, 24]
  value: 6
"""

POLICY_RATES = """\
alpha:
  label: Medical-cost reflection (医療費指数反映係数)
  unit: coefficient, share 0-1
  status: published
  source: act
  range: [0, 1]
  values: {R6: 0.83, R7: 0.67, R8: 0.5, R9: 0.33, R10: 0.17, R11: 0}
income_part:
  label: Income part (所得割)
  unit: 1/1,000,000 of base income
  status: assumed
  source: guess
  range: [0, 300_000]
  reason: for tests
  by_place: true
  value: 77_100
growth:
  label: Growth of the grant
  unit: share per year
  status: assumed
  source: guess
  range: [-0.1, 0.1]
  reason: for tests
  value: 0.01
grant:
  label: Grant of the nation
  unit: yen
  status: assumed
  source: guess
  range: [0, 1_000_000_000_000]
  reason: for tests
  value: 53_200_000_000
"""

POLICY_PAYMENT = """\
account_share:
  label: Households that pay by account transfer (口座振替)
  unit: share of households
  status: assumed
  source: guess
  range: [0, 1]
  reason: for tests
  by_place: true
  values: {R4: 0.4, R6: 0.45}
  expected: {rule: carry, reason: for tests}
reminder:
  label: How reminders are sent (催告)
  unit: channel
  status: assumed
  source: guess
  reason: for tests
  choices: [letter, sms, voice]
  value: letter
prepayment:
  label: Prepayment for new arrivals
  unit: flag
  status: assumed
  source: guess
  reason: for tests
  value: false
"""

BEHAVIOUR = """\
burden_elasticity:
  label: Response of payment to burden
  unit: elasticity
  status: assumed
  source: guess
  range: [0, 5]
  reason: for tests
  value: 0.8
by_age:
  label: Propensity by age
  unit: share
  status: assumed
  source: guess
  range: [0, 1]
  reason: for tests
  axis: [young, middle, old]
  value: [0.5, 0.7, 0.9]
dunning_rate:
  label: Share of letters that arrive
  unit: percent
  status: assumed
  source: guess
  range: [0, 100]
  reason: for tests
  value: 95.0
"""

FILES = {
    "sources.yaml": SOURCES,
    "places/tables.yaml": TABLES,
    "law/levy.yaml": LAW,
    "policy/rates.yaml": POLICY_RATES,
    "policy/payment.yaml": POLICY_PAYMENT,
    "behaviour/habits.yaml": BEHAVIOUR,
}


def small_register(folder: Path, **changed: str) -> Parameters:
    """Write the register below `folder` and load it; `changed` replaces files, e.g. law__levy="…"."""
    root = folder / "parameters"
    contents = FILES | {f"{k.replace('__', '/')}.yaml": v for k, v in changed.items()}
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    places = pd.read_csv(SHIPPED / "tokyo" / "places" / "municipalities.csv").assign(source_id="act")
    places.to_csv(root / "places" / "municipalities.csv", index=False)
    return Parameters.load(None, root=root)
