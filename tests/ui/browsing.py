"""Chromium driven by script: what tests of the page share."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.ui.conftest import wait

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
SHOTS = "KOKUHO_SCREENSHOTS"
"""environment: a folder to which tests of the page write screenshots"""
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, PHONE = (1500, 1300), (390, 844)

needed = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="Chromium and its driver are not installed (Debian: apt-get install chromium chromium-driver)",
)


@contextmanager
def chromium(folder: Path, size: tuple[int, int] = WIDE) -> Iterator[webdriver.Chrome]:
    """Open a browser of a size that downloads to a folder."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--window-size={size[0]},{size[1]}", f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    if size == PHONE:
        metrics = {"width": size[0], "height": size[1], "pixelRatio": 2, "touch": False}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


class Person:
    """Somebody in front of the page: presses and seconds are counted."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        self.address = address
        self.clicks = 0

    def open(self, path: str = "") -> None:
        self.browser.get(self.address + path)

    def all(self, name: str, within: str = "") -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, f'[data-testid="{name}"] {within}'.strip())

    def has(self, name: str) -> bool:
        return bool(self.all(name))

    def see(self, name: str, seconds: float = 20, within: str = "") -> WebElement:
        """Return an element as soon as it is seen."""
        found = wait(lambda: [e for e in self.all(name, within) if e.is_displayed()], seconds, f"{name} is seen")
        assert isinstance(found, list)
        return found[0]

    def text(self, name: str, seconds: float = 20) -> str:
        """Return the text of an element, which may be drawn anew at this very moment."""
        return str(self.steady(lambda: self.see(name, seconds).text, f"text of {name}"))

    def until(self, ready: Callable[[], object], what: str, seconds: float = 20) -> None:
        """Wait until something is seen, whatever is drawn anew meanwhile."""
        self.steady(ready, what, seconds)

    def steady(self, look: Callable[[], object], what: str, seconds: float = 20) -> object:
        def looked() -> object:
            try:
                return look()
            except WebDriverException:
                return None

        return wait(looked, seconds, what)

    def click(self, name: str, within: str = "", counted: bool = True) -> None:
        """Press an element by the mouse; a part of the page that opens takes no press while it is opening."""

        def pressed() -> bool:
            element = self.see(name, within=within)
            self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return True

        self.steady(pressed, f"{name} takes a press")
        self.clicks += counted

    def pick(self, name: str, text: str) -> None:
        """Open a list and take the option with a text: two presses."""
        self.click(name)

        def option() -> bool:
            options = [o for o in self.browser.find_elements(By.CSS_SELECTOR, "[role=option]") if o.is_displayed()]
            next(o for o in options if o.text.startswith(text)).click()
            return True

        def taken() -> bool:
            try:
                return option()
            except StopIteration:
                return False

        self.steady(taken, f"option {text}")
        self.clicks += 1

    def write(self, name: str, text: str) -> None:
        """Type into a field; no press is counted beside the one into the field."""
        self.click(name)
        self.keys(name, text)

    def keys(self, name: str, *keys: str, within: str = "") -> None:
        """Press keys in an element, which may be drawn anew at this very moment."""

        def typed() -> bool:
            self.see(name, within=within).send_keys(*keys)
            return True

        self.steady(typed, f"{name} takes keys")

    def shot(self, name: str) -> None:
        """Keep a screenshot where the environment says so."""
        if folder := os.environ.get(SHOTS):
            time.sleep(0.8)
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(Path(folder) / f"{name}.png"))

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
