"""The page in a real browser: headless Chromium chooses, runs, reads, filters, saves; nothing comes from elsewhere."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.ui.browsing import PHONE, Person, chromium, needed
from tests.ui.conftest import EVIL, SAMPLE, Server

OF_SAMPLE = f"_sample-1in{SAMPLE}"
"""what the names of files of the sample end with"""

pytestmark = needed


def finished(p: Person) -> bool:
    return bool(p.all("main") and p.see("main").get_attribute("aria-busy") == "false" and p.has("outlook-title"))


def test_a_policy_officer_opens_runs_compares_and_saves(fresh_server: Server, tmp_path: Path) -> None:
    """Where nobody has run everybody, the page opens on a sample; scenarios are compared within it."""
    server = fresh_server
    with chromium(tmp_path) as browser:
        p = Person(browser, server.address)
        _opens_on_a_sample(p)
        _runs(p, server)
        rates = _rates(server)
        _compares(p, rates)
        _saves(p, rates, tmp_path)
        p.open("?lang=en&ward=13123")
        p.until(lambda: finished(p), "results stay when the language changes", 30)
        assert "Collection rate" in p.text("main")
        _another_tab_is_empty(p)
        _no_stranger(browser, server.address)


def _opens_on_a_sample(p: Person) -> None:
    p.open()
    assert "国民健康保険" in p.see("chooser").find_element("xpath", "//*[@role='heading' and @aria-level='1']").text
    ActionChains(p.browser).send_keys(Keys.ESCAPE).perform()
    p.until(lambda: not p.has("chooser"), "Escape closes the chooser")
    banner = p.text("banner")
    assert f"1/{SAMPLE}" in banner
    assert p.has("everybody"), "a button runs everybody"
    p.until(lambda: finished(p), "the sample of the baseline is shown without a press", 240)
    assert p.text("outlook-title").startswith("東京都の国民健康保険")


def _runs(p: Person, server: Server) -> None:
    """Choose a scenario, move a lever by the keyboard, run; press again and take that back."""
    p.click("group-collection", ".q-item")
    p.click("scenario-collection_drive")
    p.click("levers-collection", ".q-item")
    p.keys("payment.sms_reminders", Keys.ARROW_RIGHT * 8, within='[tabindex="0"]')
    p.until(
        lambda: p.see("payment.sms_reminders").get_attribute("aria-valuenow") == "80",
        "the slider moved by the keyboard",
    )
    p.until(lambda: p.see("own-use").get_attribute("aria-checked") == "true", "what is moved is run")
    p.keys("run", Keys.ENTER)
    p.see("round-2")
    p.click("own-use")
    p.click("own", ".q-item")
    p.pick("sample", "世帯の1/20")  # a run long enough to be taken back
    p.keys("run", Keys.ENTER)
    p.see("round-3")
    p.click("stop-3")
    p.until(lambda: not p.has("stop-3"), "the last press is taken back")
    p.until(lambda: finished(p) and p.has("effects"), f"two runs on a 1/{SAMPLE} sample", 240)
    assert {m.parents[1].name for m in server.results.glob("*/*/manifest.yaml")} == {
        "baseline",
        "collection_drive",
        "my_scenario",
    }


def _rates(server: Server) -> dict[str, pd.Series]:
    folders = {m.parents[1].name: m.parent for m in sorted(server.results.glob("*/*/manifest.yaml"))}
    assert "sms_reminders" in (folders["my_scenario"] / "scenario.yaml").read_text(encoding="utf-8")
    return {
        name: pd.read_parquet(path / "tables" / "metropolis_year.parquet").set_index("year")["collection_rate"]
        for name, path in folders.items()
    }


def _compares(p: Person, rates: dict[str, pd.Series]) -> None:
    p.click("tab-overview")
    told = [f"{series[2029] * 100:.2f}" for series in rates.values()]
    p.until(lambda: all(rate in p.text("table-collection_rate") for rate in told), f"the rates {told} in the table", 60)
    assert rates["my_scenario"][2029] > rates["baseline"][2029]
    assert f"1/{SAMPLE}" in p.text("banner")
    p.keys("area", Keys.CONTROL + "a")
    p.keys("area", "江戸川", Keys.ENTER)
    p.until(lambda: p.see("area").get_attribute("value") == "江戸川区", "what was typed is taken")
    p.click("tab-places")
    assert "※ 小笠原村" in p.text("places")
    p.write("filter", "新宿")
    p.until(lambda: "八王子市" not in p.text("places"), "the table is filtered")
    assert "新宿区" in p.text("places")
    assert not p.browser.execute_script("return document.querySelectorAll('[onclick]').length"), "a name became code"
    p.click("group-other", ".q-item")
    assert p.see(f"scenario-{EVIL}"), "the odd name is a name"
    assert "zz_broken" in p.text("broken")
    p.click("tab-models")
    assert "江戸川区" in p.text("main")
    bills = p.text("models")
    assert all(title in bills for title in ("基準（現行制度）", "収納対策の強化（総合）", "条件変更案（"))
    p.click("tab-about")
    assert "20260401" in p.text("which-run")


def _saves(p: Person, rates: dict[str, pd.Series], folder: Path) -> None:
    p.click("tab-save")
    p.click("save-excel-baseline")
    p.until(lambda: (folder / f"baseline{OF_SAMPLE}.xlsx").exists(), "the workbook arrives", 240)
    p.click("save-csv")
    p.until(lambda: (folder / f"kokuho{OF_SAMPLE}.csv").exists(), "the CSV arrives")
    saved = pd.read_csv(io.BytesIO((folder / f"kokuho{OF_SAMPLE}.csv").read_bytes()), encoding="utf-8-sig")
    tokyo = saved[(saved["code"] == 13000) & (saved["scenario"] == "baseline")].set_index("year")
    assert set(saved["sample"]) == {f"1/{SAMPLE}"}
    assert tokyo["collection_rate"].to_dict() == pytest.approx(rates["baseline"].to_dict())


def _another_tab_is_empty(p: Person) -> None:
    """Assert that a second tab starts afresh: one desk served all, with the choices and results of whoever came."""
    p.browser.switch_to.new_window("tab")
    p.open("?ward=13104")
    p.until(lambda: "シナリオを選ぶか" in p.text("will-run"), "the other tab is laid", 30)
    assert not p.has("effects")
    assert p.see("own-use").get_attribute("aria-checked") == "false"


def _no_stranger(browser: webdriver.Chrome, address: str) -> None:
    """Assert that the page asked nobody but its own server, and that no script failed."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    foreign = {url for url in asked if url.startswith(("http", "ws")) and not url.startswith(address)}
    assert asked
    assert not foreign
    errors = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors


def test_a_ward_in_the_address_opens_it_and_a_wrong_one_the_chooser(standing: Server, tmp_path: Path) -> None:
    with chromium(tmp_path) as browser:
        p = Person(browser, standing.address)
        for text in ("新宿区", "13104", "Shinjuku"):
            p.open(f"?ward={text}")
            p.until(lambda: p.text("outlook-title").startswith("新宿区"), text)
        browser.execute_script("localStorage.clear()")
        p.open("?ward=大阪市")
        p.see("chooser")
        p.open("?ward=新宿区&lang=en")
        p.until(lambda: p.text("outlook-title").startswith("National Health Insurance of Shinjuku"), "in English")


def test_what_is_on_the_table_stays_where_the_browser_gives_no_warning(standing: Server, tmp_path: Path) -> None:
    """A browser whose page is busy, or a telephone, leaves without `beforeunload`: the reload found an empty table."""
    with chromium(tmp_path) as browser:
        p = Person(browser, standing.address)
        p.open("?ward=新宿区")
        p.click("group-collection", ".q-item")
        p.click("scenario-collection_drive")
        p.until(lambda: "収納対策の強化（総合）" in p.text("will-run"), "a scenario is chosen")
        browser.execute_script("window.onbeforeunload = null")
        p.open("?ward=新宿区")
        p.until(lambda: p.text("will-run"), "the page is laid anew")
        assert "収納対策の強化（総合）" in p.text("will-run")


def test_nothing_is_cut_on_a_phone(standing: Server, tmp_path: Path) -> None:
    """The page scrolls one way only, tables scroll in their own boxes, the choices fold away."""
    with chromium(tmp_path, PHONE) as browser:
        p = Person(browser, standing.address)
        p.open("?ward=新宿区")
        p.see("panel-collection_rate", within="svg")
        p.shot("phone-ward")
        assert _width(browser) <= PHONE[0]
        assert not p.see("main").find_element("xpath", "//*[@data-testid='run']").is_displayed(), "choices are folded"
        p.click("menu")
        p.until(lambda: p.see("run").is_displayed(), "the choices unfold")
        p.shot("phone-choices")
        p.until(lambda: _focused(browser) == "search-scenario", "what is typed goes to the search")
        browser.switch_to.active_element.send_keys(Keys.ESCAPE)
        p.until(lambda: _focused(browser) == "menu", "Escape folds them")
        for name in ("overview", "places", "models", "about", "save"):
            browser.execute_script("arguments[0].click()", p.all(f"tab-{name}")[0])
            marks = {"overview": "table-collection_rate", "places": "places", "models": "models", "about": "which-run"}
            p.see(marks.get(name, "save-csv"))
            p.shot(f"phone-{name}")
            assert _width(browser) <= PHONE[0], name


def test_the_keyboard_is_enough(standing: Server, tmp_path: Path) -> None:
    """From the top of the page to a scenario that runs, without a mouse; the focus is seen at each step."""
    with chromium(tmp_path) as browser:
        p = Person(browser, standing.address)
        p.open("?ward=新宿区")
        p.see("outlook-said")
        reached = _walk(browser, "run", 150)
        assert reached[0] == "skip", "the first is the link that skips to the results"
        for name in ("menu", "area", "language", "search-scenario", "payment.account_transfer_share", "rates.alpha"):
            assert name in reached
        assert "own-use" in reached
        browser.switch_to.active_element.send_keys(Keys.SHIFT + Keys.TAB)
        assert _focused(browser) == "own-use"
        browser.switch_to.active_element.send_keys(Keys.SPACE)
        p.until(lambda: p.see("own-use").get_attribute("aria-checked") == "true", "Space ticks a box")
        browser.switch_to.active_element.send_keys(Keys.SPACE)
        strip = _walk(browser, "tab-outlook", 20)
        assert strip[0] == "run"
        browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
        p.until(lambda: _focused(browser).startswith("tab-") and _focused(browser) != "tab-outlook", "arrows move on")


def _walk(browser: webdriver.Chrome, until: str, steps: int) -> list[str]:
    """Press Tab until an element has the focus; return what had it on the way. Each has an outline that is seen."""
    reached: list[str] = []
    for _ in range(steps):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        name = _focused(browser)
        outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", name
        reached.append(name)
        if name == until:
            return reached
    raise AssertionError(f"{until} is not reached by {steps} presses of Tab: {reached}")


def _focused(browser: webdriver.Chrome) -> str:
    """Return the data-testid of what has the focus, or of the nearest element around it; the skip link's own name."""
    return str(
        browser.execute_script(
            "const it = document.activeElement; const near = it.closest('[data-testid]');"
            "return near ? near.dataset.testid : it.matches('a') ? 'skip' : it.tagName"
        )
    )


def _width(browser: webdriver.Chrome) -> int:
    return int(browser.execute_script("return document.documentElement.scrollWidth"))
