"""The page in a real browser: headless Chromium chooses, runs, reads, filters, saves; nothing comes from elsewhere."""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.common.exceptions import ElementNotInteractableException, StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.ui.conftest import EVIL, Server, wait

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1500,1300",
)
SAMPLE = "_sample-1in400"
"""what the names of files of the sample end with"""

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="Chromium and its driver are not installed (Debian: apt-get install chromium chromium-driver)",
)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(tmp_path)})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def _all(browser: webdriver.Chrome, name: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, f'[data-testid="{name}"]')


def _first(browser: webdriver.Chrome, selector: str) -> WebElement:
    found = wait(lambda: browser.find_elements(By.CSS_SELECTOR, selector), 30, f"{selector} on the page")
    assert isinstance(found, list)
    return found[0]


def _type(browser: webdriver.Chrome, selector: str, keys: str) -> None:
    """Type into an element once it takes keys: a part of the page that opens takes none while it is opening."""

    def typed() -> bool:
        try:
            _first(browser, selector).send_keys(keys)
        except ElementNotInteractableException:
            return False
        return True

    wait(typed, 10, f"{selector} takes keys")


def _one(browser: webdriver.Chrome, name: str) -> WebElement:
    return _first(browser, f'[data-testid="{name}"]')


def _text(browser: webdriver.Chrome, name: str) -> str:
    """Return the text of an element, which may be drawn anew at this very moment."""
    for _ in range(20):
        try:
            return _one(browser, name).text
        except StaleElementReferenceException:
            time.sleep(0.2)
    raise AssertionError(f"{name} does not come to rest")


def _area(browser: webdriver.Chrome) -> str | None:
    try:
        return _one(browser, "area").get_attribute("value")
    except StaleElementReferenceException:
        return None


def _choose(browser: webdriver.Chrome, name: str, text: str) -> None:
    """Open a select and choose the option with a text."""
    _one(browser, name).click()
    options = wait(
        lambda: [o for o in browser.find_elements(By.CSS_SELECTOR, "[role=option]") if o.text.startswith(text)],
        10,
        f"option {text}",
    )
    assert isinstance(options, list)
    options[0].click()


def _finished(browser: webdriver.Chrome) -> bool:
    idle = browser.find_elements(By.CSS_SELECTOR, '[data-testid="main"][aria-busy="false"]')
    return bool(idle and _all(browser, "table-collection_rate"))


def test_a_policy_officer_runs_compares_and_saves(server: Server, browser: webdriver.Chrome, tmp_path: Path) -> None:
    address, results = server.address, server.results
    browser.get(address)
    assert "国民健康保険" in _first(browser, "[role=heading][aria-level='1']").text

    _choose(browser, "sample", "世帯の1/400")
    own = _one(browser, "own-use")
    browser.execute_script("arguments[0].scrollIntoView()", own)
    own.click()
    _first(browser, '[data-testid="own"] [role=button]').click()
    slider = _one(browser, "payment.sms_reminders")
    _type(browser, '[data-testid="payment.sms_reminders"] [tabindex="0"]', Keys.ARROW_RIGHT * 8)
    wait(lambda: slider.get_attribute("aria-valuenow") == "80", 5, "the slider moved by the keyboard")
    run = _one(browser, "run")
    run.send_keys(Keys.ENTER)
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, "[role=status]"), 20, "progress is shown")
    own.click()
    run.send_keys(Keys.ENTER)
    wait(lambda: _all(browser, "round-2"), 10, "a second press waits in view")
    assert _all(browser, "round-1"), "the first press is still there"
    browser.find_element(By.CSS_SELECTOR, '[data-testid="stop-2"]').click()
    wait(lambda: not _all(browser, "stop-2"), 10, "the second press is taken back")
    wait(lambda: _finished(browser), 240, "three runs on a 1/400 sample")

    folders = {p.parents[1].name: p.parent for p in results.glob("*/*/manifest.yaml")}
    assert set(folders) == {"baseline", "collection_drive", "my_scenario"}
    assert "sms_reminders" in (folders["my_scenario"] / "scenario.yaml").read_text(encoding="utf-8")
    rates = {
        name: pd.read_parquet(path / "tables" / "metropolis_year.parquet").set_index("year")["collection_rate"]
        for name, path in folders.items()
    }
    shown = _text(browser, "table-collection_rate")
    for series in rates.values():
        assert f"{series[2029] * 100:.2f}" in shown
    assert rates["my_scenario"][2029] > rates["baseline"][2029]

    assert "1/400" in _text(browser, "banner")
    assert "20260401" in _text(browser, "which-run")

    area = _one(browser, "area")
    area.send_keys(Keys.CONTROL + "a")
    area.send_keys("江戸川", Keys.ENTER)
    wait(lambda: _area(browser) == "江戸川区", 10, "what was typed is taken")

    _one(browser, "tab-places").click()
    places = _one(browser, "places")
    assert "※ 小笠原村" in places.text
    _one(browser, "filter").send_keys("新宿")
    wait(lambda: "八王子市" not in _text(browser, "places"), 10, "the table is filtered")
    assert "新宿区" in _text(browser, "places")

    assert not browser.execute_script("return document.querySelectorAll('[onclick]').length"), "a name became code"
    assert browser.find_elements(By.CSS_SELECTOR, f'[data-testid="scenario-{EVIL}"]'), "the odd name is a name"
    assert "zz_broken" in _text(browser, "broken")

    _one(browser, "tab-models").click()
    bills = _text(browser, "models")
    assert all(name in bills for name in folders)

    _one(browser, "tab-save").click()
    _one(browser, "save-excel-baseline").click()
    wait(lambda: (tmp_path / f"baseline{SAMPLE}.xlsx").exists(), 240, "the workbook arrives")
    _one(browser, "save-csv").click()
    wait(lambda: (tmp_path / f"kokuho{SAMPLE}.csv").exists(), 20, "the CSV arrives")
    saved = pd.read_csv(io.BytesIO((tmp_path / f"kokuho{SAMPLE}.csv").read_bytes()), encoding="utf-8-sig")
    tokyo = saved[(saved["code"] == 13000) & (saved["scenario"] == "baseline")].set_index("year")
    assert set(saved["sample"]) == {"1/400"}
    assert tokyo["collection_rate"].to_dict() == pytest.approx(rates["baseline"].to_dict())

    browser.get(f"{address}?lang=en")
    wait(lambda: _finished(browser), 30, "results stay when the language changes")
    assert "Current-year collection rate" in browser.page_source
    _another_tab_is_empty(browser, address)
    _no_stranger(browser, address)


def _another_tab_is_empty(browser: webdriver.Chrome, address: str) -> None:
    """Assert that a second tab starts afresh: one desk served all, with the choices and results of whoever came."""
    browser.switch_to.new_window("tab")
    browser.get(address)
    wait(lambda: "シナリオを選び" in browser.page_source, 30, "the other tab is laid")
    assert not _all(browser, "banner")
    assert _one(browser, "own-use").get_attribute("aria-checked") == "false"


def _no_stranger(browser: webdriver.Chrome, address: str) -> None:
    """Assert that the page asked nobody but its own server, and that no script failed."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    foreign = {url for url in asked if url.startswith(("http", "ws")) and not url.startswith(address)}
    assert asked
    assert not foreign
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors
