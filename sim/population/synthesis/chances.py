"""What decides who lives how on 1 April 2022: records of parameters, by their names in the register."""

from __future__ import annotations

from typing import Annotated

from sim.core.record import Floats, Ints, Record, made


class Families(Record, domain=("population", "levy")):
    """How the people of one household are related in age, and who heads it.

    birth_age  float64[ages]  mean age of the mother at the birth of a child who now has this age
    """

    couple_gap: float
    couple_gap_sd: float
    mother_age_sd: float
    mother_ages: Ints
    mother_window: int
    first_birth_ages: Floats
    first_birth_sooner: float
    first_birth_spread: float
    first_child_age: int
    sibling_gap: Floats
    infant_years: float
    further_children: Floats
    further_children_most: Floats
    further_children_range: Floats
    wife_head: float
    head_passed_on: float
    heir_age: int
    passing_age: int
    other_household_size: float
    shared_age_sd: float
    mixed_couples: Floats
    birth_age: Annotated[Floats, made]


class Cover(Record, domain=("population", "demography", "coverage", "levy")):
    """What decides whose insurance covers whom, and how long foreign residents have been here.

    single, family  float64[AGES, 5]  cumulative statuses by age, from PERMANENT on: people on their own, parents
    employee        float64[3, AGES]  chance of somebody who is no member to be insured in his own right: men,
                    women, wives
    voluntary       float64[AGES]     chance of an employee to be in voluntary continuation
    """

    assistance_rate: Floats
    assistance_ages: Ints
    assistance_foreign: float
    late_elderly_age: int
    early_elderly_age: int
    adult_age: int
    supported_age: int
    level_ages: Ints
    member_shift_residence: Floats
    member_shift_elderly: float
    guild_rate: float
    spouse_permanent: float
    spouse_family: float
    stay_hazard: Floats
    stay_longest: int
    stay_otherwise: int
    employee: Annotated[Floats, made]
    voluntary: Annotated[Floats, made]
    single: Annotated[Floats, made]
    family: Annotated[Floats, made]


class Jobs(Record, domain=("population", "enrolment", "coverage", "levy")):
    """Chances of work and of a length of insurance.

    chances  float64[7 schemes, 2 sexes, AGES, 7]  cumulative: none, regular, part-time, officer, self-employed, family
             worker, student
    firms    float64[2, 8]                         cumulative sizes of firms of employees, of others
    leave    float64[7 schemes, AGES]              yearly chance to leave the scheme, by age
    """

    working_age: int
    first_job_age: int
    retired_age: int
    supported_age: int
    late_elderly_age: int
    voluntary_months: int
    helping_spouse: float
    chances: Annotated[Floats, made]
    firms: Annotated[Floats, made]
    leave: Annotated[Floats, made]


class Pay(Record, domain=("population", "enrolment", "demography", "coverage", "levy", "income")):
    """Levels and spreads of incomes of calendar year 2021.

    Pay and its spread are those by which `enrolment` moves incomes later (enrolment.pay_*), so that the first levies
    and the later ones speak of the same people.

    level       float64[8, 2, 23]  mean pay by work, sex and five-year age
    place       pay of the municipality against the prefecture
    other       float64[23]        share with other income by five-year age
    pensions    float64[2, 101]    quantiles of the employees' and of the basic pension, yen a year
    undeclared_share  float64[AGES, 2]  share undeclared of those without income, by age, foreign
    """

    income_age: int
    adult_age: int
    job_before_age: int
    job_before: Floats
    late_elderly_age: int
    pension_age: int
    job_loss_age: int
    job_loss_recent: int
    former_dependant_age: int
    former_dependant_months: int
    persistent_sd: Floats
    transitory_sd: Floats
    self_employed_loss: float
    student_job: float
    other_income_median: float
    other_income_sd: float
    other_income_most: float
    main_pension: Floats
    late_from_members: float
    former_dependants: float
    no_pension: Floats
    pension_score: Floats
    ability_to_pension: float
    involuntary_share: float
    dependant_pay: float
    foreign_pay: float
    pay_line: float
    level: Annotated[Floats, made]
    place: Annotated[float, made]
    other: Annotated[Floats, made]
    pensions: Annotated[Floats, made]
    undeclared_share: Annotated[Floats, made]
