"""The report in a real browser: one choice shows a municipality, a link opens it, paper takes one A4, tables save."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.print_page_options import PrintOptions
from selenium.webdriver.support.select import Select

from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import instant
from sim.reports import build
from tests.ui.chromium import chromium, needs_chromium

CITY, CODE = "八王子市", "13201"

pytestmark = needs_chromium


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    yield from chromium(tmp_path)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first page of a sample of five years."""
    out = tmp_path_factory.mktemp("results")
    run = api.run("baseline", sample=400, last=2026, out=out, progress=False).folder
    return build(run.path, "ja", png=False, brief=True)


def captions(browser: webdriver.Chrome) -> list[str]:
    """Return title, sentence and captions of the panel: everything that is said of the place."""
    return [
        e.text
        for e in browser.find_elements(By.CSS_SELECTOR, "#panel .title, #panel .said, #panel .end, #panel .known")
    ]


def pages(browser: webdriver.Chrome) -> tuple[int, tuple[float, float]]:
    """Return how many pages the browser prints, and their size in points."""
    data = base64.b64decode(browser.print_page(_plain()))
    boxes = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", data)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", data)), (float(boxes[0][0]), float(boxes[0][1]))


def _plain() -> PrintOptions:
    options = PrintOptions()
    options.set_page_size({"width": 21.0, "height": 29.7})
    for side in ("top", "bottom", "left", "right"):
        setattr(options, f"margin_{side}", 1.0)
    return options


def test_one_choice_changes_every_caption_and_number(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    before = captions(browser)
    assert before[0].startswith("東京都")
    began = time.monotonic()
    Select(browser.find_element(By.ID, "place")).select_by_visible_text(CITY)
    after = captions(browser)
    assert time.monotonic() - began < 10
    assert after[0].startswith(CITY)
    assert CITY in after[1]
    assert not set(before) & {text for text in after if re.search(r"\d{2}", text)}
    assert len(browser.find_elements(By.CSS_SELECTOR, "#panel svg[role=img]")) == 8
    assert browser.current_url.endswith(f"#ward={CODE}")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#panel figcaption strong")) == 8
    for caption in browser.find_elements(By.CSS_SELECTOR, "#panel figcaption strong"):
        assert re.search(r"R\d.*年度", caption.text)


@pytest.mark.parametrize("link", [CODE, CITY])
def test_a_link_opens_a_municipality(browser: webdriver.Chrome, page: Path, link: str) -> None:
    browser.get(f"{page.as_uri()}#ward={link}")
    assert captions(browser)[0].startswith(CITY)
    assert Select(browser.find_element(By.ID, "place")).first_selected_option.text == CITY


def test_the_keyboard_is_enough(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    chooser = browser.find_element(By.ID, "place")
    chooser.send_keys(Keys.ARROW_DOWN)
    first = captions(browser)[0]
    chooser.send_keys(Keys.ARROW_DOWN)
    assert not first.startswith("東京都")
    assert captions(browser)[0] != first


def test_a_municipality_prints_on_one_a4_and_the_prefecture_on_more(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    assert pages(browser)[0] > 1
    places = Select(browser.find_element(By.ID, "place"))
    codes = [o.get_attribute("value") for o in places.options]
    assert len(codes) == 63
    for code in (CODE, codes[1], codes[-1]):
        places.select_by_value(str(code))
        count, (width, height) = pages(browser)
        assert count == 1, code
        assert (width, height) == pytest.approx((595, 842), abs=1)


def test_the_pointer_reads_a_year_from_anywhere_above_it(browser: webdriver.Chrome, page: Path) -> None:
    """Only the dots had a reading, five pixels wide."""
    browser.get(f"{page.as_uri()}#ward={CODE}")
    charts = browser.find_elements(By.CSS_SELECTOR, "#panel .charts figure:has(.reads) svg")
    assert len(charts) == 7
    for chart in charts:
        read = [t.get_attribute("textContent") for t in chart.find_elements(By.CSS_SELECTOR, ".reads title")]
        assert [text.split("\n")[0] for text in read] == ["R4", "R5", "R6", "R7", "R8"]
        assert all(re.search(r"\d", line.rpartition(" ")[2]) for text in read for line in text.split("\n")[1:])
    ActionChains(browser).move_to_element(charts[0].find_element(By.CSS_SELECTOR, ".reads")).perform()
    under = browser.execute_script(
        "return [...document.querySelectorAll('#panel :hover > title')].map(t => t.textContent)"
    )
    assert [text.split(" ")[0] for text in under] == ["R4\n現年分収納率"]
    bars = browser.find_elements(By.CSS_SELECTOR, "#panel .charts figure:not(:has(.reads)) svg rect title")
    assert bars
    assert all(re.search(r" [+-]?[\d,.]+$", str(bar.get_attribute("textContent"))) for bar in bars)


def test_the_page_was_made_in_japan_time(page: Path) -> None:
    finished = instant(RunFolder(page.parent).manifest["finished"])
    assert f"作成 {finished + dt.timedelta(hours=9):%Y-%m-%d %H:%M:%S} JST" in page.read_text(encoding="utf-8")


def test_figures_and_tables_save_as_csv(browser: webdriver.Chrome, page: Path, tmp_path: Path) -> None:
    browser.get(f"{page.as_uri()}#ward={CODE}")
    browser.find_element(By.ID, "panel-csv").click()
    browser.find_element(By.CSS_SELECTOR, "#places button.csv").send_keys(Keys.ENTER)
    end = time.monotonic() + 10
    while len(list(tmp_path.glob("*.csv"))) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    texts = {f.name: f.read_text(encoding="utf-8-sig") for f in tmp_path.glob("*.csv")}
    mine = next(text for name, text in texts.items() if CITY in name)
    assert mine.splitlines()[0] == "項目,系列,R4,R5,R6,R7,R8"
    assert any(CITY in text and "収納率" in text for name, text in texts.items() if CITY not in name)


def test_nothing_comes_from_elsewhere(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"}
    assert not {url for url in urls if not url.startswith(("file:", "data:", "chrome"))}
