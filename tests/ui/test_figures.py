"""Figures of the report in a real browser: values under keys and pointer, legend, zoom, CSV, paper, no script."""

from __future__ import annotations

import csv
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
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.reports import build
from tests.ui.chromium import chromium, needs_chromium

pytestmark = needs_chromium
FIGURES = 14
"""figures of a small region, without ranges and without the study of levers"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    yield from chromium(tmp_path)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("results")
    return api.run("baseline", region="teaching", last=2026, out=out, progress=False).folder


@pytest.fixture(scope="module")
def page(run: RunFolder) -> Path:
    return build(run.path, "ja", png=False)


def figure(browser: webdriver.Chrome, name: str) -> WebElement:
    """Return a figure once it is in sight and drawn."""
    found = browser.find_element(By.CSS_SELECTOR, f"figure[data-figure={name}]")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", found)
    WebDriverWait(browser, 10).until(lambda _: found.find_elements(By.CSS_SELECTOR, ".plot svg path"))
    return found


def focus(browser: webdriver.Chrome, of: WebElement) -> None:
    browser.execute_script("arguments[0].focus()", of.find_element(By.CSS_SELECTOR, ".plot"))


def told(of: WebElement) -> str:
    return str(of.find_element(By.CSS_SELECTOR, ".told").get_attribute("textContent"))


def press(browser: webdriver.Chrome, *keys: str) -> None:
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def drawn(of: WebElement) -> str:
    return str(of.find_element(By.CSS_SELECTOR, ".plot svg").get_attribute("innerHTML"))


def test_every_figure_is_drawn_and_the_static_one_put_by(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    names = [f.get_attribute("data-figure") for f in browser.find_elements(By.CSS_SELECTOR, "figure[data-figure]")]
    assert len(names) >= FIGURES
    for name in names:
        found = figure(browser, str(name))
        assert not found.find_element(By.CSS_SELECTOR, "img").is_displayed()
        box = found.find_element(By.CSS_SELECTOR, ".plot")
        assert re.search(r"\d", str(box.get_attribute("aria-label")))
        assert 'font-family: "kokuho"' in drawn(found).replace("kokuho,", '"kokuho",').replace("&quot;", '"')


def test_arrow_keys_read_the_years_aloud(browser: webdriver.Chrome, page: Path, run: RunFolder) -> None:
    browser.get(page.as_uri())
    found = figure(browser, "collection")
    focus(browser, found)
    rates = [f"{rate * 100:.2f}%" for rate in run.table("metropolis_year")["collection_rate"]]
    for year, rate in zip(("R4", "R5", "R6"), rates, strict=False):
        press(browser, Keys.ARROW_RIGHT)
        assert told(found).startswith(f"{year}: 推計値 {rate}")
    assert found.find_element(By.CSS_SELECTOR, ".told").get_attribute("aria-live") == "polite"
    press(browser, Keys.ARROW_LEFT)
    assert told(found).startswith("R5")
    press(browser, Keys.END)
    assert told(found).startswith(f"R8: 推計値 {rates[-1]}")
    assert rates[-1] in found.find_element(By.CSS_SELECTOR, ".plot").text


def test_keys_go_from_cell_to_cell_and_from_panel_to_panel(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    found = figure(browser, "payment_transitions")
    focus(browser, found)
    press(browser, Keys.ARROW_RIGHT)
    assert told(found).startswith("完納 完納:")
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_RIGHT)
    assert told(found).startswith("一部納付 一部納付:")
    found = figure(browser, "burden")
    focus(browser, found)
    press(browser, Keys.HOME)
    first = told(found)
    press(browser, Keys.ARROW_RIGHT)
    assert told(found).split(":")[0] == first.split(":")[0]
    assert told(found) != first


def test_the_pointer_shows_values(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    found = figure(browser, "money")
    box = found.find_element(By.CSS_SELECTOR, ".plot")
    ActionChains(browser).move_to_element(box).perform()
    WebDriverWait(browser, 5).until(lambda _: "保険給付費" in box.text)
    assert re.search(r"R\d\s+保険給付費\s+[\d,.]+億円", box.text)


def test_the_legend_switches_and_what_stood_on_it_comes_down(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    found = figure(browser, "arrears_vintage")
    before, button = drawn(found), found.find_elements(By.CSS_SELECTOR, ".keys button")[-2]
    name = button.text
    assert button.get_attribute("aria-pressed") == "true"
    button.send_keys(Keys.SPACE)
    assert button.get_attribute("aria-pressed") == "false"
    assert drawn(found) != before
    focus(browser, found)
    press(browser, Keys.END)
    assert f" {name} " not in told(found)
    button.send_keys(Keys.SPACE)
    focus(browser, found)
    press(browser, Keys.END)
    assert f" {name} " in told(found)
    press(browser, Keys.ESCAPE)
    assert button.get_attribute("aria-pressed") == "true"


def test_zoom_goes_to_the_lines_and_back(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    found = figure(browser, "premium")
    focus(browser, found)

    def scale() -> set[str]:
        return set(re.findall(r">([\d,]+)</text>", drawn(found)))

    whole = scale()
    assert "0" in whole
    press(browser, "+")
    assert "0" not in scale()
    press(browser, "0")
    assert scale() == whole


def test_a_figure_saves_its_values(browser: webdriver.Chrome, page: Path, run: RunFolder, tmp_path: Path) -> None:
    browser.get(page.as_uri())
    found = figure(browser, "collection")
    found.find_elements(By.CSS_SELECTOR, ".tools button")[-1].send_keys(Keys.ENTER)
    end = time.monotonic() + 10
    while not (files := list(tmp_path.glob("*.csv"))) and time.monotonic() < end:
        time.sleep(0.1)
    with files[0].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    at = rows[0].index("推計値 [%]")
    rates = run.table("metropolis_year")["collection_rate"] * 100
    assert [float(row[at]) for row in rows[1:]] == pytest.approx(rates.tolist(), rel=1e-5)
    assert [row[0] for row in rows[1:]] == ["R4", "R5", "R6", "R7", "R8"]


def test_paper_has_the_static_figures(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    found = figure(browser, "collection")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert found.find_element(By.CSS_SELECTOR, "img").is_displayed()
    assert not found.find_element(By.CSS_SELECTOR, ".plot").is_displayed()


def test_without_script_the_static_figures_stand(browser: webdriver.Chrome, page: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(page.as_uri())
    images = browser.find_elements(By.CSS_SELECTOR, "figure[data-figure] > img")
    assert len(images) >= FIGURES
    assert all(image.is_displayed() for image in images)


def test_nothing_comes_from_elsewhere(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri())
    figure(browser, "collection")
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"}
    assert not {url for url in urls if not url.startswith(("file:", "data:", "blob:", "chrome"))}
