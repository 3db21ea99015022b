"""Core: generator, months, books, steps."""

import ast
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from sim.core import ahead, rng
from sim.core.accounts import Books
from sim.core.ahead import normals
from sim.core.errors import BalanceError, nearest
from sim.core.kernel import at_once, spans, spread
from sim.core.record import Record
from sim.core.roots import root
from sim.core.step import Step
from sim.core.units import age_at, april, era, fiscal_year, mask_between, months_in
from sim.engine.loop import run_step
from sim.parameters import Parameters
from tests.small import small_world

U = np.uint64
FULL = 0xFFFFFFFF
VECTORS = [
    # Known-answer tests distributed with Random123 (Salmon et al. 2011), philox4x32 with 10 rounds
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL,) * 4, (FULL,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), VECTORS)
def test_philox_gives_the_published_words(counter, key, words):
    assert tuple(int(x) for x in rng.philox(*map(U, counter), *map(U, key))) == words


def test_draws_are_uniform_and_lanes_independent():
    k = rng.key(1, 0, "test")
    u = np.array([rng.draw4(k, 2022, i) for i in range(20_000)])
    for lane in range(4):
        assert stats.kstest(u[:, lane], "uniform").pvalue > 0.001
    assert np.abs(np.corrcoef(u.T) - np.eye(4)).max() < 0.03


def test_a_draw_depends_on_every_part_of_its_name():
    def draw(seed=1, replicate=0, decision="a", year=2022, who=5, lane=0):
        return rng.uniform(rng.key(seed, replicate, decision), year, who, lane)

    base = draw()
    others = [draw(seed=2), draw(replicate=1), draw(decision="b"), draw(year=2023), draw(who=6), draw(lane=1)]
    assert base == draw()
    assert len({base, *others}) == 7


def test_normals_of_neighbours_are_those_of_each_to_the_last_bit():
    u = np.concatenate([np.random.default_rng(1).random(3_000), [0.075, 0.925, 0.5, 1e-300, 1e-10, 1 - 1e-10]])
    u = np.concatenate([u, np.nextafter(u, 0), np.nextafter(u, 1)])
    found = np.empty(u.size)
    normals(u, found)
    np.testing.assert_array_equal(found, [rng.normal(x) for x in u])


def test_normal_matches_the_quantile_function():
    u = np.array([1e-9, 1e-4, 0.02, 0.3, 0.5, 0.77, 0.999, 1 - 1e-9])
    np.testing.assert_allclose([rng.normal(x) for x in u], stats.norm.ppf(u), rtol=1e-9, atol=1e-12)


def test_those_listed_draw_what_each_would_alone():
    k, ids = rng.key(1, 0, "test"), np.array([rng.new_id(rng.key(2, 0, "test"), 2022, n, 0) for n in range(300)])
    u = np.empty(290)
    ahead.draw_listed(u, k, 2024, ids, 3)
    assert u.tolist() == [rng.uniform(k, 2024, who, 3) for who in ids[:290]]


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 512])
def test_a_list_is_padded_by_less_than_the_processor_draws_at_once(n: int) -> None:
    assert n <= ahead.padded(n) < n + 32
    assert ahead.padded(n) % 32 == 0


def test_new_ids_are_positive_and_distinct():
    k = rng.key(1, 0, "demography.birth")
    ids = {int(rng.new_id(k, y, who, n)) for y in (2022, 2023) for who in range(2000) for n in range(2)}
    assert len(ids) == 8000
    assert min(ids) >= 0


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("R8", 2026),
        (2026, 2026),
        ("2026", 2026),
        ("FY2026", 2026),
        ("令和8年度", 2026),
        ("H30", 2018),
        ("S63", 1988),
        ("令和元年度", 2019),
        ("r4", 2022),
    ],
)
def test_years_are_read_in_every_spelling(text, year):
    assert fiscal_year(text) == year


@pytest.mark.parametrize("text", ["8", "X8", "R", "20266", 0, True, None, "R8.5.1"])
def test_other_years_are_refused(text):
    with pytest.raises(ValueError, match="fiscal year"):
        fiscal_year(text)


def test_eras():
    assert [era(y) for y in (2029, 2019, 2018, 1989, 1988)] == ["R11", "R1", "H30", "H1", "S63"]


@pytest.mark.parametrize("most", [None, 1, 3])
def test_tasks_at_once_come_back_in_their_order(most: int | None) -> None:
    assert at_once(lambda i: i * i, range(20), most) == [i * i for i in range(20)]
    assert at_once(lambda i: i, [], most) == []


def test_a_pick_is_the_first_share_above_the_draw():
    """0.2, 0.5 and 1 are three chances of 0.2, 0.3 and 0.5; what lies above the last share is the last."""
    shares = np.array([0.2, 0.5, 1.0])
    assert [rng.pick(shares, u) for u in (0.0, 0.19, 0.2, 0.49, 0.5, 0.99)] == [0, 0, 1, 1, 2, 2]
    assert rng.pick(shares - 0.01, 0.995) == 2


def test_months_and_masks():
    opening = april(2025)
    assert age_at(opening - 40 * 12, opening) == 40
    assert age_at(opening - 40 * 12 + 1, opening) == 39
    assert mask_between(opening, opening + 12, opening) == 0xFFF
    assert mask_between(opening - 5, opening + 3, opening) == 0b111
    assert mask_between(opening + 3, opening + 3, opening) == 0
    assert mask_between(opening + 12, opening + 20, opening) == 0
    assert [months_in(m) for m in range(1 << 12)] == [m.bit_count() for m in range(1 << 12)]


def test_books_close_and_refuse_nonsense():
    books = Books(3)
    books.transfer(2025, "premium", "households", "municipality", np.array([1, 2, 3]))
    books.transfer(2025, "contribution", "municipality", "metropolis", np.array([1, 1, 1]))
    books.check(2025)
    assert list(books.net(2025, "municipality")) == [0, 1, 2]
    assert list(books.flow(2025, "premium")) == [1, 2, 3]
    with pytest.raises(BalanceError, match="unknown entity"):
        books.transfer(2025, "x", "households", "moon", np.zeros(3, np.int64))
    with pytest.raises(BalanceError, match="negative"):
        books.transfer(2025, "x", "households", "pool", np.array([0, -1, 0]))
    with pytest.raises(BalanceError, match="int64"):
        books.transfer(2025, "x", "households", "pool", np.zeros(3))


def test_a_step_sees_only_what_it_declares():
    w = small_world(20)

    def writes_what_it_reads(c, w, year):
        c.people.salary[0] = 1

    def reads_more(c, w, year):
        c.people.pension.sum()

    reads = ("people.salary",)
    with pytest.raises(ValueError, match="read-only"):
        run_step(w, Step("test.write", reads, (), writes_what_it_reads), 2022)
    with pytest.raises(AttributeError):
        run_step(w, Step("test.read", reads, (), reads_more), 2022)
    run_step(w, Step("test.fine", (), reads, writes_what_it_reads), 2022)
    assert w.people.salary[0] == 1


def test_nearest_suggests_only_what_is_close():
    assert nearest("rates.alpa", ["rates.alpha", "levy.cap"]) == "; did you mean 'rates.alpha'?"
    assert nearest("zzz", ["rates.alpha"]) == ""


@pytest.mark.parametrize("least", [1, 10, 1000])
def test_every_row_is_worked_on_once_whatever_the_spans(least: int) -> None:
    rows = 137
    seen, count = np.zeros(rows, np.int64), spans(rows, least)
    own = np.zeros((count, 1), np.int64)

    def see(add: int, part: np.ndarray, low: int, high: int) -> None:
        seen[low:high] += add
        part[0] += high - low

    spread(see, rows, 2, each=own, least=least)
    assert (seen == 2).all()
    assert own.sum() == rows
    assert (own > 0).all()
    spread(lambda low, high: seen[low:high].fill(high - low), rows, least=least)
    assert seen.sum() == sum(int(n) ** 2 for n in own[:, 0]), "without sums the same spans"


def test_a_record_by_place_is_made_by_its_own_name() -> None:
    """One call gave a record or an array of them, and no type said which."""

    class Everywhere(Record, domain="payment"):
        income_floor: int

    class Towns(Record, domain="payment", by_place=True):
        hardship_programme: float

    p = Parameters.load()
    assert Everywhere.of(p, 2025).income_floor == p.value("payment.income_floor", 2025)
    assert Towns.each(p, 2025)[3].hardship_programme == p.by_place("payment.hardship_programme", 2025)[3]
    with pytest.raises(TypeError, match=r"use Towns\.each"):
        Towns.of(p, 2025)
    with pytest.raises(TypeError, match=r"use Everywhere\.of"):
        Everywhere.each(p, 2025)


def test_a_root_is_found_to_the_last_bits_even_at_the_end_of_what_is_possible() -> None:
    def logistic(x):
        share = 1 / (1 + np.exp(-x))
        return share, share * (1 - share)

    target = np.array([0.5, 0.1, 0.999, 1e-12, 0.0, 1.0])
    found = root(logistic, target, -40.0, 40.0)
    assert found[:4] == pytest.approx(np.log(target[:4] / (1 - target[:4])), abs=1e-9)
    assert found[4] == pytest.approx(-40.0)
    assert logistic(found)[0] == pytest.approx(target, abs=1e-15)


def test_the_page_of_a_run_waits_for_no_part_of_scipy() -> None:
    """scipy's special functions, optimisers and statistics take a second of CPU; a page of a run needs none of them."""
    asked = "import sys, sim.reports.html; print([m for m in sys.modules if m.startswith('scipy.')])"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    parts = {name.split(".")[1] for name in ast.literal_eval(found.stdout)}
    assert not parts & {"special", "optimize", "stats", "linalg"}, parts
