"""One server of the page for all tests that need one, in a folder of its own with a scenario of an evil name."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.outputs.folder import RunFolder

ROOT = Path(__file__).parents[2]
EVIL = "zz onclick=alert(1)"
SAMPLE = 400
"""N of the sample the page of the tests runs"""


@dataclass(frozen=True)
class Server:
    """A running server: its port, address, process and folder of runs."""

    port: int
    pid: int
    results: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def wait(ready: Callable[[], object], seconds: float, what: str) -> object:
    """Return what `ready` returns as soon as it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the page for all tests that do not mind what others have run."""
    with _serving(tmp_path_factory.mktemp("page")) as running:
        yield running


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the page whose folder of results is empty."""
    with _serving(tmp_path / "page") as running:
        yield running


@contextmanager
def _serving(home: Path) -> Iterator[Server]:
    """Serve the page on a free port of this machine; it must end without a traceback."""
    pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")
    home.mkdir(exist_ok=True)
    (home / "scenarios").mkdir()
    (home / "scenarios" / f"{EVIL}.yaml").write_text(f'name: "{EVIL}"\nextends: baseline\n', encoding="utf-8")
    (home / "scenarios" / "zz_broken.yaml").write_text("name: zz_broken\nextnds: baseline\n", encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sim.cli", "ui", "--no-show", "--port", str(port), "--out", "results"]
    command += ["--sample", str(SAMPLE)]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    plain["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [plain.get("PYTHONPATH")])])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=home, env=plain, text=True, **quiet)
    running = Server(port, process.pid, home / "results")
    try:
        wait(lambda: answers(running.address), 90, "the server answers")
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            _, complaints = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert "Traceback" not in complaints, complaints


@pytest.fixture(scope="session")
def standing(server: Server) -> Server:
    """The server, its folder of results holding a finished baseline that says it is of everybody."""
    from sim.ui.standing import baseline
    from tests.ui.forge import as_full

    found = wait(lambda: baseline(server.results, SAMPLE), 240, "the server readies the sample of the baseline")
    assert isinstance(found, RunFolder)
    as_full(found.path, server.results)
    return server
