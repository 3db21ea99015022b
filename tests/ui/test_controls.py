"""Names never become markup, a typed municipality is understood, scenario files are read once."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")

from sim.core.errors import InputError
from sim.scenario.scenario import load_scenario, parse_scenario
from sim.ui import catalogue
from sim.ui.catalogue import BASE, Catalogue, Entry, Shelf
from sim.ui.controls import code_meant, put
from sim.ui.desk import Desk, municipalities
from sim.ui.work import Workshop
from tests.tokyo_facts import TOKYO

SOURCES = sorted((Path(__file__).parents[2] / "sim" / "ui").glob("*.py"))
AREAS = {TOKYO: "東京都（全体）", **municipalities()}


def test_a_name_with_an_attribute_in_it_stays_a_name() -> None:
    """A file "zz onclick=alert(1).yaml" put an onclick attribute on the page."""
    element = SimpleNamespace(props={})
    put(element, data_testid="scenario-zz onclick=alert(1)", aria_label='" autofocus x="')  # type: ignore[type-var]
    assert element.props == {"data-testid": "scenario-zz onclick=alert(1)", "aria-label": '" autofocus x="'}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.name)
def test_no_text_is_put_together_into_markup(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"\.props\(\s*(?:f[\"']|[a-z_.]+\s*[,)])", text), "set attributes with put()"
    assert not re.findall(r"ui\.(?:html|markdown|code|restructured_text|run_javascript|add_\w+_html)\b", text)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("江戸川", 13123),
        ("江戸川区", 13123),
        ("Edogawa", 13123),
        ("edogawa", 13123),
        ("13123", 13123),
        ("131237", 13123),
        (" 新宿 ", 13104),
        ("小笠原", 13421),
        ("東京都（全体）", TOKYO),
    ],
)
def test_a_typed_municipality_is_understood(typed: str, code: int) -> None:
    """Typing 江戸川 and Enter selected nothing; the box read 江戸川 over the figures of all Tokyo."""
    assert code_meant(typed, AREAS) == code


@pytest.mark.parametrize("typed", ["", "島", "大阪市", "99999"])
def test_a_text_that_means_none_or_many_is_refused(typed: str) -> None:
    with pytest.raises(KeyError):
        code_meant(typed, AREAS)


def test_scenario_files_are_read_once_and_again_when_one_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every load of the page read all files, twice."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    mine = tmp_path / "scenarios" / "mine.yaml"
    mine.write_text("name: mine\nextends: baseline\n", encoding="utf-8")
    calls: list[str] = []

    def counted(name: str) -> object:
        calls.append(name)
        return load_scenario(name)

    monkeypatch.setattr(catalogue, "load_scenario", counted)
    monkeypatch.setattr(catalogue, "known_names", lambda: ["baseline", "mine"])
    shelf = Shelf()
    first = shelf.catalogue()
    assert list(first.entries) == ["baseline", "mine"]
    assert shelf.catalogue() is first
    assert len(calls) == 2
    mine.write_text("name: mine\nextnds: baseline\n", encoding="utf-8")
    os.utime(mine, ns=(1, 1))
    second = shelf.catalogue()
    assert list(second.entries) == ["baseline"]
    assert "extnds" in second.broken["mine"], "a file that cannot be read is shown with its mistake"


def test_a_sample_the_page_does_not_offer_is_refused(tmp_path: Path) -> None:
    from sim.ui import serve

    with pytest.raises(InputError, match="400, 100, 20, 1"):
        serve(port=8399, show=False, results=tmp_path, sample=7)


def test_runs_that_could_not_be_compared_are_refused_before_they_run(tmp_path: Path) -> None:
    other = parse_scenario("name: other\nseed: 7\n", Path("other.yaml"))

    class Two(Shelf):
        def catalogue(self) -> Catalogue:
            return Catalogue({BASE: Entry(load_scenario(BASE), ""), "other": Entry(other, "")})

    with pytest.raises(InputError, match="other has seed 7"):
        Desk(Workshop(tmp_path), Two(), chosen=[BASE, "other"]).begin()
