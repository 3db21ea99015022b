"""How tests of rates, calculator and curve find, type and choose on the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import ElementNotInteractableException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.ui import browsing  # first: it skips where there is no browser
from tests.ui.conftest import wait


@contextmanager
def chromium(folder: Path, size: tuple[int, int] = browsing.WIDE) -> Iterator[webdriver.Chrome]:
    """Open a browser of a size; no script may fail in it."""
    with browsing.chromium(folder, size) as browser:
        yield browser
        assert not [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


def every(browser: webdriver.Chrome, name: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, f'[data-testid="{name}"]')


def one(browser: webdriver.Chrome, name: str, seconds: float = 60) -> WebElement:
    """Return an element by its test id once it is on the page."""
    found = wait(lambda: every(browser, name), seconds, f"{name} on the page")
    assert isinstance(found, list)
    return found[0]


def text(browser: webdriver.Chrome, name: str, seconds: float = 60) -> str:
    """Return the text of an element, which may be laid anew at this very moment."""
    for _ in range(50):
        try:
            return one(browser, name, seconds).text
        except StaleElementReferenceException:
            time.sleep(0.1)
    raise AssertionError(f"{name} does not come to rest")


def says(browser: webdriver.Chrome, name: str, part: str, seconds: float = 30) -> None:
    """Wait until an element says something."""
    wait(lambda: bool(every(browser, name)) and part in text(browser, name), seconds, f"{name} says {part}")


def press(browser: webdriver.Chrome, name: str) -> None:
    """Press an element in view, once it takes a press."""

    def pressed() -> None:
        element = one(browser, name)
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    steady(pressed, f"{name} takes a press")


def steady(do: Callable[[], object], what: str) -> None:
    """Do something to elements that may be laid anew at this very moment."""

    def done() -> bool:
        try:
            do()
        except (ElementNotInteractableException, StaleElementReferenceException):
            return False
        return True

    wait(done, 15, what)


def write(browser: webdriver.Chrome, name: str, words: str) -> None:
    """Write over what stands in a field."""

    def written() -> None:
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", one(browser, name))
        one(browser, name).send_keys(Keys.CONTROL + "a")
        one(browser, name).send_keys(words or Keys.DELETE, Keys.TAB)

    steady(written, f"{name} takes keys")


def choose(browser: webdriver.Chrome, name: str, words: str) -> None:
    """Choose the option of a list that begins with some words."""
    press(browser, name)
    pick(browser, words)


def pick(browser: webdriver.Chrome, words: str) -> None:
    """Press the option of the open list that begins with some words."""

    def picked() -> bool:
        try:
            options = browser.find_elements(By.CSS_SELECTOR, "[role=option]")
            meant = [option for option in options if option.text.startswith(words)]
            if meant:
                meant[0].click()
        except (ElementNotInteractableException, StaleElementReferenceException):
            return False
        return bool(meant)

    wait(picked, 10, f"option {words}")


def unfold(browser: webdriver.Chrome, name: str) -> None:
    """Open a part of the page that is folded."""

    def opened() -> None:
        button = one(browser, name).find_element(By.CSS_SELECTOR, "[role=button]")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    steady(opened, f"{name} opens")
    time.sleep(0.5)


def sideways(browser: webdriver.Chrome) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth"))
