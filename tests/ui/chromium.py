"""A Chromium without a window, for tests of pages; a page must leave no error in its console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed")


def chromium(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Yield a browser that saves into a folder, then look into its console."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(tmp_path)})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
        log = driver.get_log("browser")
        ours = [entry for entry in log if not entry["message"].startswith("chrome://")]  # the browser's own pages
        severe = [entry for entry in ours if entry["level"] == "SEVERE"]
        assert not severe, severe
    finally:
        driver.quit()
