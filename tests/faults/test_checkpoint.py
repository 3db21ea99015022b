"""The saved state of a run: the same bits again, nothing of it code, and a damaged one refused."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.core.errors import InputError
from sim.engine import api, checkpoint, codec
from sim.engine.model import KokuhoModel
from sim.engine.state import State
from sim.population.columns import Column

SMALL = {"sample": 20_000, "last": 2024}


@pytest.fixture(scope="module")
def chosen() -> api.Plan:
    return api.plan("baseline", **SMALL)


@pytest.fixture(scope="module")
def saved(chosen: api.Plan, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, State]:
    """A saved state after two years, and the state it was taken from."""
    folder = tmp_path_factory.mktemp("state")
    model = KokuhoModel(api.opening(chosen), chosen.first)
    model.step()
    model.step()
    checkpoint.save(model.state, folder, chosen.digest())
    return folder, model.state


def same(a: Any, b: Any, path: str = "") -> None:
    """Assert that two values are of the same types and equal, all the way down."""
    assert type(a) is type(b), path
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype, path
        np.testing.assert_array_equal(a, b, err_msg=path)
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    elif isinstance(a, dict):
        assert list(a) == list(b), path
        for key in a:
            same(a[key], b[key], f"{path}[{key!r}]")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            same(x, y, f"{path}[{i}]")
    elif hasattr(a, "__dataclass_fields__"):
        for name in a.__dataclass_fields__:
            same(getattr(a, name), getattr(b, name), f"{path}.{name}")
    else:
        assert a == b or (a != a and b != b), path


def test_everything_the_world_holds_comes_back_as_it_was(chosen: api.Plan, saved: tuple[Path, State]) -> None:
    """Of the ledgers only some were compared; a run resumed without them gave other rates."""
    folder, before = saved
    after = api.opening(chosen)
    checkpoint.load(after, folder, chosen.digest())
    assert len(before.world.ledgers) >= 8
    for name in checkpoint.STATE:
        same(getattr(before.world, name), getattr(after.world, name), name)
    for kind in ("people", "households"):
        same(getattr(before, kind).data, getattr(after, kind).data, kind)


def test_a_run_that_goes_on_from_a_state_ends_with_the_same_bits(chosen: api.Plan, tmp_path: Path) -> None:
    straight = api.run(chosen, out=tmp_path / "a", progress=False)
    stopped = False

    def stop(year: int, step: str) -> None:
        nonlocal stopped
        if year == 2023 and not stopped:
            import os
            import signal

            stopped = True
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(InputError, match="--resume"):
        api.run(chosen, out=tmp_path / "b", progress=stop)
    assert not list((tmp_path / "b").glob("*/*/manifest.yaml"))
    assert api.run(chosen, out=tmp_path / "b", progress=False, resume=True).digest == straight.digest
    assert [p.name for p in (tmp_path / "b" / "baseline").iterdir() if p.name.startswith(".")] == []


def cut(state: Path) -> None:
    path = state / "people" / "pid.npy"
    path.write_bytes(path.read_bytes()[:-64])


def flip(state: Path) -> None:
    path = state / "people" / "scheme.npy"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def edit(state: Path) -> None:
    path = state / "world" / "tree.json"
    path.write_text(path.read_text(encoding="utf-8").replace("2023", "2024", 1), encoding="utf-8")


def empty(state: Path) -> None:
    (state / "digest.json").write_text("", encoding="utf-8")


def drop(state: Path) -> None:
    (state / "digest.json").unlink()


def add(state: Path) -> None:
    (state / "world" / "more.npy").write_bytes(b"")


def mix(state: Path) -> None:
    path = state / "digest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "plan": "0" * 64}), encoding="utf-8")


@pytest.mark.parametrize("harm", [cut, flip, edit, empty, drop, add, mix])
def test_a_damaged_state_is_refused_with_one_message(
    harm: Callable[[Path], None], chosen: api.Plan, saved: tuple[Path, State], tmp_path: Path
) -> None:
    """Two of six damages gave other results without a word, three a traceback at every --resume."""
    shutil.copytree(saved[0] / "state", tmp_path / "state")
    harm(tmp_path / "state")
    fresh = api.opening(chosen)
    year = fresh.world.year
    with pytest.raises(InputError, match=r"damaged.*start without --resume"):
        checkpoint.load(fresh, tmp_path, chosen.digest())
    assert fresh.world.year == year
    assert not fresh.world.ledgers


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("code of a state was run",))


def test_code_in_a_state_is_not_run(chosen: api.Plan, saved: tuple[Path, State], tmp_path: Path) -> None:
    """`--resume` unpickled a file of the results folder, and so ran whatever somebody had put there."""
    for place in ("world.pickle", "world/arrays.npz", "people/pid.npy"):
        folder = tmp_path / place.replace("/", "-")
        shutil.copytree(saved[0] / "state", folder / "state")
        (folder / "state" / place).write_bytes(pickle.dumps(Trap()))
        with (folder / "state" / "digest.json").open(encoding="utf-8") as stream:
            content = json.load(stream)
        content["files"] = checkpoint._digests(folder / "state")  # whoever plants code can count, too
        (folder / "state" / "digest.json").write_text(json.dumps(content), encoding="utf-8")
        if place != "world.pickle":
            with pytest.raises(InputError, match="damaged"):
                checkpoint.load(api.opening(chosen), folder, chosen.digest())
        else:
            checkpoint.load(api.opening(chosen), folder, chosen.digest())


@pytest.mark.parametrize(
    "tree",
    [
        {"class": "subprocess:Popen", "fields": {"args": "true"}},
        {"class": "sim.core.cache:shutil.rmtree", "fields": {}},
        {"class": "sim.core.errors:InputError", "fields": {}},
        {"class": "sim.population.columns:Column", "fields": {}},
        {"enum": "sim.core.cache:use", "member": "x"},
        {"frame": "../../secret.parquet"},
        {"array": "nothing"},
        {"again": 7},
        {"surprise": 1},
    ],
)
def test_only_what_is_named_is_read(tree: Any, tmp_path: Path) -> None:
    codec.encode({}, tmp_path / "x")
    (tmp_path / "x" / "tree.json").write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(codec.CodecError):
        codec.decode(tmp_path / "x")


@dataclass
class Foreign:
    """A class outside the package."""

    numbers: list[int] = field(default_factory=list)


def test_values_of_every_kind_come_back_and_others_are_refused(tmp_path: Path) -> None:
    shared = np.arange(3)
    value = {
        "numbers": [
            1,
            -(2**80),
            0.1,
            float("nan"),
            float("inf"),
            True,
            None,
            np.int64(-3),
            np.float64(0.1),
            np.bool_(1),
        ],
        (2024, "a"): (Fraction(1, 3), {1, 2}, frozenset({"x"})),
        "arrays": [shared, shared, np.zeros((0, 4), np.int8), np.asfortranarray(np.ones((2, 3)))],
        "objects": np.array([["a", (1, 2)], [None, Fraction(2, 7)]], object),
        "frame": pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": ["x", None], "c": [0.1, float("nan")]}),
        "ours": Column("x", "int64", "yen", "a column", "levy"),
    }
    codec.encode(value, tmp_path / "x")
    again = codec.decode(tmp_path / "x")
    same(value, again)
    assert again["arrays"][0] is again["arrays"][1]
    for i, wrong in enumerate((Foreign(), object(), {"a": [len]}, np.datetime64("2024-01-01"))):
        with pytest.raises(codec.CodecError):
            codec.encode({"deep": [wrong]}, tmp_path / f"w{i}")
