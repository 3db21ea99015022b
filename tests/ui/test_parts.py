"""Comparison, sharing and map in a real browser: keyboard, telephone, a link, a name that is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver.common.keys import Keys

from sim.scenario.sharing import packed
from tests.ui.browsing import PHONE, WIDE, Person, chromium, needed
from tests.ui.conftest import Server

pytestmark = needed

SENT = """name: reminders
title: {ja: 同僚の案, en: A colleague's}
extends: collection_drive
description: <b onclick=alert(1)>太字</b>
policy:
  payment.sms_reminders: {新宿区: {R9: 60%}}
"""


@pytest.fixture(scope="module", params=[WIDE, PHONE], ids=["wide", "phone"])
def person(
    request: pytest.FixtureRequest, standing: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Person]:
    folder = tmp_path_factory.mktemp("parts")
    with chromium(folder, request.param) as browser:
        yield Person(browser, standing.address)


def open_tab(p: Person, name: str) -> None:
    """Press a tab, which on a telephone stands out of sight until one swipes."""
    p.until(lambda: p.all(f"tab-{name}"), f"there is the tab {name}")
    p.browser.execute_script("arguments[0].scrollIntoView({inline: 'center'})", p.all(f"tab-{name}")[0])
    p.click(f"tab-{name}")


def hand_over(p: Person, file: Path) -> None:
    """Choose a file in the box for scenario files."""
    p.see("share-upload")
    p.until(lambda: p.all("share-upload", "input[type=file]"), "the box takes files")
    p.all("share-upload", "input[type=file]")[0].send_keys(str(file))


def test_my_ward_on_the_map_and_its_rank(person: Person) -> None:
    p = person
    p.open("?ward=新宿区")
    open_tab(p, "places")
    tile = p.see("tile-13104")
    assert tile.get_attribute("aria-pressed") == "true"
    assert "90％区間" in str(tile.get_attribute("aria-label"))
    assert "位" in p.text("map-told")
    p.see("tile-13104").send_keys(Keys.ARROW_LEFT)
    p.until(lambda: p.text("map-told").startswith("渋谷区"), "the keyboard tells the next tile")
    p.browser.switch_to.active_element.send_keys(Keys.ENTER)
    p.until(lambda: p.see("tile-13113").get_attribute("aria-pressed") == "true", "the ward is chosen")
    p.until(lambda: p.browser.switch_to.active_element.get_attribute("data-testid") == "tile-13113", "focus stays")
    assert p.text("map-table").count("▶ ") == 1
    for tile in p.all("map", "button"):
        shown = tile.text.replace("\u200b", "").split("\n")[0]
        assert str(tile.get_attribute("aria-label")).startswith(shown), "the name on the tile is that told"
        assert p.browser.execute_script("return arguments[0].scrollWidth <= arguments[0].clientWidth + 1", tile)
    p.shot(f"map-{p.browser.get_window_size()['width']}")
    assert not p.errors()


def test_two_scenarios_for_my_ward(person: Person) -> None:
    p = person
    p.open("?ward=新宿区")
    open_tab(p, "versus")
    p.pick("versus-b", "収納対策の強化")
    p.click("versus-run")
    assert "「収納対策の強化（総合）」では" in p.text("versus-sentence", 120)
    assert "新宿区の現年分収納率は" in p.text("versus-sentence")
    assert "基準（現行制度）" in p.text("versus-table")
    p.pick("versus-measure", "1人当たり調定額")
    p.until(lambda: "1人当たり調定額" in p.text("versus-sentence"), "another figure is said")
    if p.has("versus-stop"):
        p.click("versus-stop")
        p.until(lambda: not p.has("versus-stop"), "it is stopped")
    wide = p.browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert wide, "nothing stands out of the screen"
    p.shot(f"versus-{p.browser.get_window_size()['width']}")
    assert not p.errors()


def test_a_colleagues_file_is_looked_at_asked_about_and_kept(person: Person, standing: Server, tmp_path: Path) -> None:
    p = person
    home = standing.results.parent / "scenarios"
    before = {f.name for f in home.iterdir()}
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: wrong\npolicy:\n  rates.alpha: 7\n  payment.nothing: 3\n", encoding="utf-8")
    sent = tmp_path / "reminders (1).yaml"
    sent.write_text(SENT, encoding="utf-8")
    p.open("?ward=新宿区")
    open_tab(p, "sharing")
    hand_over(p, wrong)
    p.until(lambda: "payment.nothing" in p.text("share-mistakes"), "every mistake is told")
    assert "rates.alpha" in p.text("share-mistakes")
    assert not p.has("share-add")
    hand_over(p, sent)
    p.until(lambda: "<b onclick=alert(1)>太字</b>" in p.text("share-look"), "what it says is shown as it is")
    assert {f.name for f in home.iterdir()} == before, "looking writes nothing"
    p.click("share-add")
    assert "本体に含まれるシナリオ" in p.text("share-taken")
    assert not p.has("share-replace")
    name = str(p.see("share-name").get_attribute("value"))
    p.click("share-rename")
    p.until(lambda: (home / f"{name}.yaml").exists(), "it is kept under another name")
    assert not p.browser.execute_script("return document.querySelectorAll('[onclick]').length")
    (home / f"{name}.yaml").unlink()
    assert not p.errors()


def test_a_link_is_looked_at_and_runs_nothing(person: Person, standing: Server) -> None:
    p = person
    runs = {f for f in standing.results.glob("*/*") if f.parent.name != "baseline"}
    p.open(f"?ward=新宿区&scenario={packed(SENT.replace('name: reminders', 'name: by_link'))}")
    assert "同僚の案" in p.text("share-look")
    p.click("share-close")
    p.until(lambda: not p.has("share-look"), "it is closed")
    assert not (standing.results.parent / "scenarios" / "by_link.yaml").exists()
    assert {f for f in standing.results.glob("*/*") if f.parent.name != "baseline"} == runs
    p.until(lambda: "scenario=" not in p.browser.current_url, "a reload does not bring it again")
    assert "ward=" in p.browser.current_url
    p.open("?ward=新宿区&scenario=damaged")
    p.until(lambda: "リンクが壊れている" in p.browser.page_source, "a damaged link is told")
    open_tab(p, "sharing")
    link = str(p.see("share-link").get_attribute("value"))
    assert link.startswith(f"{standing.address}?scenario=")
    assert not p.errors()
