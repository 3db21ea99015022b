"""The folder for Windows and the container: made of the right parts; neither needs Python on the machine it runs on."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

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
