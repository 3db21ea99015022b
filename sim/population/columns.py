"""The dictionary of columns: every fact the model keeps about a person or a household.

Only the owner writes a column. Months are indices since January 1900 (`core.units`), 0 = never.
`default` is what a new row gets; "unset" values (NaN, 0) are filled by the owner's next step. No step needs last year's
value of a column that is not `kept`: re-packing sets it to its default.

A column is as narrow as its range: yen of a person or a household fit into int32 (2,147 million; the highest income of
a run of everybody is 650 million), only sums do not. Kernels and sums calculate in int64.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True)
class Column:
    """name, dtype, unit, meaning, owning folder, the value of a new row, whether a year needs that of the last one.

    width  0 for one value a row, else the number of values a row: the column is an array [rows, width].
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    owner: str
    default: float = 0
    kept: bool = True
    width: int = 0


PEOPLE = (
    Column("pid", "int64", "id", "stable id of the person, keyed by lineage", "population"),
    Column("household", "int32", "row", "row of the household", "population"),
    Column("born", "int16", "month index", "month of birth", "population"),
    Column("sex", "int8", "code Sex", "sex", "population"),
    Column("residence", "int8", "code Residence", "Japanese, or status of residence", "population"),
    Column("arrived", "int16", "month index", "arrival from abroad; 0 = born here or long ago", "population"),
    Column("relation", "int8", "code Relation", "place in the household", "population"),
    Column("present", "uint16", "month mask", "months on the register of this household", "demography", 0xFFF),
    Column("leaving", "int8", "code Leaving", "why the person leaves the register this year", "demography"),
    Column("gave_birth", "int16", "month index", "month of the last birth given", "demography"),
    Column("work", "int8", "code Work", "work state at the end of the year", "enrolment"),
    Column("firm_size", "int8", "code FirmSize", "staff of the employer", "enrolment"),
    Column("ability", "float32", "sd", "persistent rank of earnings (standard normal)", "enrolment", nan),
    Column("salary", "int32", "yen/year", "gross salary of the calendar year before", "enrolment"),
    Column("pension", "int32", "yen/year", "public pension of the calendar year before", "enrolment"),
    Column("business", "int32", "yen/year", "business income after expenses, calendar year before", "enrolment"),
    Column("other_income", "int32", "yen/year", "other income, calendar year before", "enrolment"),
    Column("declared", "int8", "0/1", "income of the calendar year before is known to the town", "enrolment", 1),
    Column("income_drop", "int8", "0/1", "earns much less than in the year the levy looks at", "enrolment", kept=False),
    Column("job_loss", "int16", "month index", "last involuntary separation (非自発的失業)", "enrolment"),
    Column("scheme", "int8", "code Scheme", "health insurance at the end of the year", "enrolment"),
    Column("scheme_since", "int16", "month index", "first month of that insurance", "enrolment"),
    Column("insured_months", "uint16", "month mask", "months insured by 国保 this year", "enrolment", kept=False),
    Column("former_dependant", "int16", "month index", "旧被扶養者 since", "enrolment"),
    Column("health", "float32", "sd", "permanent part of the need for care (standard normal)", "cost", nan),
    Column("illness", "float32", "sd", "passing part of the need for care (standard normal)", "cost", nan),
    Column("cost", "int32", "yen/year", "medical cost in the insured months", "cost"),
    Column("benefit", "int32", "yen/year", "part of it paid by 国保, high-cost benefit included", "cost", kept=False),
    Column("care_outpatient", "int32", "yen", "own payments for outpatient care at 70-74 since August", "cost", -1),
)

HOUSEHOLDS = (
    Column("hid", "int64", "id", "stable id of the household", "population"),
    Column("place", "uint8", "index", "municipality, index into places/municipalities", "population"),
    Column("start", "int32", "row", "first row of its persons", "population"),
    Column("size", "int16", "persons", "persons of the household (its span)", "population"),
    Column("head", "int32", "row", "row of the head, who owes the premium", "population"),
    Column("kind", "int8", "code Kind", "family type", "population"),
    Column("former_member", "int16", "month index", "特定世帯 since: a member moved to 後期", "enrolment"),
    Column("insured", "int16", "persons", "members insured in any month of the year", "levy", kept=False),
    Column("insured_months", "uint16", "month mask", "months with an insured member", "levy", kept=False),
    Column("care_class", "int8", "code", "high-cost class since August: below 70 + 16 x at 70-74", "cost", -1),
    Column("care_months", "uint16", "month mask", "months of the year with a household's high-cost benefit", "cost"),
    Column("care_paid", "int32", "yen", "own payments since August that count to the annual ceiling", "cost"),
    Column("base_income", "int64", "yen/year", "旧ただし書き所得 of the insured members", "levy", kept=False),
    Column("relief_class", "int8", "0/2/5/7", "7, 5 or 2割軽減", "levy", kept=False),
    Column("bill_medical", "int32", "yen/year", "billed, medical portion", "levy", kept=False),
    Column("bill_support", "int32", "yen/year", "billed, support portion", "levy", kept=False),
    Column("bill_care", "int32", "yen/year", "billed, care portion", "levy", kept=False),
    Column("bill_child", "int32", "yen/year", "billed, childcare portion", "levy", kept=False),
    Column("last_bill", "int32", "yen/year", "bill of the year before, all portions", "payment"),
    Column("method", "int8", "code Method", "how the household pays", "payment"),
    Column("propensity", "float32", "sd", "persistent readiness to pay (standard normal)", "payment", nan),
    Column("paid", "int32", "yen/year", "paid on this year's bill by the end of May", "payment", kept=False),
    Column("unpaid", "int32", "yen", "unpaid of this year's bill", "payment"),
    Column(
        "arrears",
        "int32",
        "yen",
        "owed by origin: one, two, three, four, five or more years before",
        "payment",
        width=5,
    ),
    Column("stage", "int8", "code", "enforcement state (Stage)", "payment"),
    Column("unknown_address", "int8", "0/1", "whereabouts unknown (居所不明)", "payment"),
)
