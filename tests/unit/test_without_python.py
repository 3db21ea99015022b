"""The folder for Windows and the container: made of the right parts; neither needs Python on the machine it runs on."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from sim.core import cache

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def windows() -> ModuleType:
    spec = importlib.util.spec_from_file_location("windows", ROOT / "packaging" / "windows.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive_of(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return path


def test_the_folder_for_windows_holds_python_packages_and_a_start(
    windows: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = archive_of(tmp_path / "embed.zip", "python.exe", "python311.zip", "python311._pth")
    own = archive_of(tmp_path / "kokuho_sim-9.9.9-py3-none-any.whl", "sim/__init__.py")
    asked: list[str] = []

    def installed(command: list[str], check: bool) -> None:
        asked.extend(command)
        target = Path(command[command.index("--target") + 1])
        for name in ("sim/__init__.py", "numba/core.pyd", "bin/numba"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).touch()

    monkeypatch.setattr(windows.subprocess, "run", installed)
    given = {"python": embedded, "wheel": own, "out": tmp_path}
    assert windows.main([word for name, path in given.items() for word in (f"--{name}", str(path))]) == 0
    assert "x86_64-pc-windows-msvc" in asked
    assert str(ROOT / "constraints.txt") in asked
    home = "kokuho-sim-9.9.9-windows"
    with zipfile.ZipFile(tmp_path / f"{home}.zip") as archive:
        names = set(archive.namelist())
        packages = f"{home}/python/Lib/site-packages"
        assert {f"{packages}/sim/__init__.py", f"{packages}/numba/core.pyd"} <= names
        assert not [n for n in names if n.startswith(f"{packages}/bin/")]
        listed = archive.read(f"{home}/python/python311._pth").decode()
        assert listed.splitlines() == ["python311.zip", ".", "Lib\\site-packages", "import site"]
        start = archive.read(f"{home}/start.bat").decode()
        assert "python\\python.exe -m sim.cli ui" in start
        assert start.count("\r\n") == start.count("\n")
        text = archive.read(f"{home}/はじめにお読みください.txt").decode("utf-8-sig")
        assert "9.9.9" in text
        assert "送信されません" in text


def lines_of(text: str) -> list[str]:
    """Return the lines of a batch file that Windows runs."""
    return [line for line in text.splitlines() if not line.startswith(("@echo", "echo", "chcp"))]


@pytest.mark.parametrize("name", ["START", "COMMANDS"])
def test_the_batch_files_name_nothing_outside_their_folder(windows: ModuleType, name: str) -> None:
    text = str(getattr(windows, name))
    assert not re.search(r"[A-Za-z]:\\|%(USERPROFILE|APPDATA|LOCALAPPDATA|TEMP|TMP|HOMEPATH|PATH)%", text)
    assert "..\\" not in text
    for line in lines_of(text):
        if line.startswith("set ") and "=" in line and "\\" in line:
            assert re.fullmatch(r'set "\w+=%(CD%\\|~dp0)[\w\\]+"', line), "quoted, since a folder may be called A & B"
        assert "~dp0" not in line or '"' in line, line
    if name == "START":
        assert lines_of(text).index('pushd "%~dp0"') == 0
        assert lines_of(text)[-1] == "popd"


def run_as_windows_would(text: str, home: Path, more: list[str], environment: dict[str, str]) -> None:
    """Run the commands of a batch file in a folder with this Python: variables filled in, separators turned."""
    own, folder = dict(environment), Path.cwd()
    for line in lines_of(text):
        line = line.replace("%~dp0", f"{home}/").replace("%CD%", str(folder)).replace("\\", "/")
        words = shlex.split(line)
        if words[0] == "set":
            key, _, value = words[1].partition("=")
            own[key] = value
        elif words[0] == "pushd":
            folder = Path(words[1])
        elif words[0].endswith("python.exe"):
            assert Path(folder, words[0]) == home / "python" / "python.exe"
            command = [sys.executable, *(w for word in words[1:] for w in (more if word == "%*" else [word]))]
            subprocess.run(command, cwd=folder, env=own, check=True, capture_output=True, timeout=300)
        else:
            assert words[0] in ("if", "popd", "setlocal"), line


def test_commands_of_the_folder_write_nowhere_else(windows: ModuleType, tmp_path: Path) -> None:
    """kokuho.bat runs as on Windows, with this Python for the one in the folder; the user's home stays empty."""
    folder, home = tmp_path / "A & B (1)", tmp_path / "home"
    for made in (folder, home, folder / "cache"):
        made.mkdir()
    for part in ("numba", "population"):
        (folder / "cache" / part).symlink_to(cache.root() / part)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    before = os.getcwd()
    os.chdir(folder)
    try:
        told = ["run", "baseline", "--region", "teaching", "--to", "R5"]
        run_as_windows_would(windows.COMMANDS, folder, told, environment)
    finally:
        os.chdir(before)
    assert not list(home.rglob("*"))
    assert (run := next((folder / "results" / "baseline").iterdir(), None)) is not None
    assert (run / "report.html").is_file()
    assert (folder / "cache" / "matplotlib").is_dir()
    assert {p.name for p in folder.iterdir()} == {"cache", "results"}


def test_without_a_wheel_it_says_how_to_make_one(
    windows: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert windows.main(["--wheel", str(tmp_path / "none.whl"), "--out", str(tmp_path)]) == 2
    assert "python -m build --wheel" in capsys.readouterr().err


def test_the_container_and_the_folder_start_commands_there_are() -> None:
    from sim import cli

    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    command = re.search(r"CMD \[(.*)\]", text)
    assert command is not None
    words = re.findall(r'"([^"]+)"', command[1])
    assert cli.main([words[0], "--help"]) == 0
    assert "--container" in words
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".venv", ".cache", ".git"} <= set(ignored)
