"""Make the folder for Windows: unzip, double-click start.bat, and the page opens. No Python has to be there.

    python -m build --wheel
    python packaging/windows.py                      # dist/kokuho-sim-<version>-windows.zip
    python packaging/windows.py --python embed.zip   # with an embeddable Python that was downloaded before

In the folder: the embeddable distribution of Python, the packages of constraints.txt from wheels for Windows,
start.bat, and a page of instructions in Japanese. It can be made on any system (`pip install uv`); the workflow
`windows.yml` makes it on Windows and starts it there.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = "3.11.9"
"""the last 3.11 of which python.org gives an embeddable distribution"""
EMBEDDED = f"https://www.python.org/ftp/python/{PYTHON}/python-{PYTHON}-embed-amd64.zip"
START = """@echo off
chcp 65001 > nul
pushd "%~dp0"
set "KOKUHO_CACHE=%CD%\\cache"
set "MPLCONFIGDIR=%CD%\\cache\\matplotlib"
set PYTHONUTF8=1
echo 国民健康保険シミュレーションを起動しています。初回は準備に数分かかります。
python\\python.exe -m sim.cli ui
if errorlevel 1 pause
popd
"""
"""pushd, because cd does not go to a folder of a server; names of folders may hold spaces, & and brackets"""
COMMANDS = """@echo off
chcp 65001 > nul
setlocal
set "KOKUHO_CACHE=%~dp0cache"
set "MPLCONFIGDIR=%~dp0cache\\matplotlib"
set PYTHONUTF8=1
"%~dp0python\\python.exe" -m sim.cli %*
"""
READ_ME = """国民健康保険シミュレーション（kokuho-sim {version}）

1. このフォルダーを、書き込みのできる場所（デスクトップなど）に置いてください。
2. start.bat をダブルクリックすると、ブラウザーに画面が開きます。初回は準備に数分かかります。
3. 終わるときは、黒い画面を閉じてください。

・Python などの導入は不要です。管理者権限も要りません。
・入力した数値や結果は、このパソコンの外へ送信されません。結果は results フォルダーに保存されます。
・必要なもの：Windows 10 以降（64ビット）、メモリー 8 GB 以上、空き容量 12 GB 以上（全世帯の計算を行う場合）。
・コマンドで使う場合は kokuho.bat を用います（例：kokuho.bat run baseline --sample 100）。
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, help="zip of the embeddable Python; downloaded if not given")
    parser.add_argument("--wheel", type=Path, help="wheel of kokuho-sim [default: the newest in dist/]")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the zip goes")
    given = parser.parse_args(arguments)
    own = given.wheel or newest(ROOT / "dist")
    if own is None or not own.is_file():
        print("no wheel of kokuho-sim in dist/; make one with: python -m build --wheel", file=sys.stderr)
        return 2
    version = own.name.split("-")[1]
    folder = given.out / f"kokuho-sim-{version}-windows"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    embedded = given.python or downloaded(given.out)
    print(f"Python  {embedded.name}  SHA-256 {hashlib.sha256(embedded.read_bytes()).hexdigest()}")
    unpack_python(embedded, folder / "python")
    install(own, folder / "python" / "Lib" / "site-packages")
    write_start(folder, version)
    print(zipped(folder))
    return 0


def newest(folder: Path) -> Path | None:
    """Return the wheel of kokuho-sim that was made last, or None."""
    return max(folder.glob("kokuho_sim-*.whl"), key=lambda path: path.stat().st_mtime, default=None)


def downloaded(out: Path) -> Path:
    """Return the embeddable Python from python.org, kept for the next time."""
    path = out / EMBEDDED.rpartition("/")[2]
    if not path.is_file():
        partial = path.with_suffix(".part")
        urllib.request.urlretrieve(EMBEDDED, partial)
        partial.rename(path)
    return path


def install(own: Path, home: Path) -> None:
    """Install kokuho-sim with its page and what it asks for on Windows, in the pinned versions, into a folder.

    uv and not pip: pip asks what packages need of the system it runs on, not of the one it downloads for.
    """
    command = ["uv", "pip", "install", "--quiet", "--target", str(home), "--python-platform", "x86_64-pc-windows-msvc"]
    pinned = ["--python-version", "3.11", "--only-binary", ":all:", "--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([*command, *pinned, f"kokuho-sim[ui] @ {own.resolve().as_uri()}", "tzdata"], check=True)
    shutil.rmtree(home / "bin", ignore_errors=True)


def unpack_python(embedded: Path, home: Path) -> None:
    """Unpack the embeddable Python and let it find packages: its ._pth names the folders it looks into."""
    with zipfile.ZipFile(embedded) as archive:
        archive.extractall(home)
    (listed,) = home.glob("python3*._pth")
    library = next(home.glob("python3*.zip")).name
    listed.write_text(f"{library}\n.\nLib\\site-packages\nimport site\n", encoding="utf-8")


def write_start(folder: Path, version: str) -> None:
    """Write what is double-clicked, what runs commands, and what is read first."""
    (folder / "start.bat").write_text(START, encoding="utf-8", newline="\r\n")
    (folder / "kokuho.bat").write_text(COMMANDS, encoding="utf-8", newline="\r\n")
    text = READ_ME.format(version=version)
    (folder / "はじめにお読みください.txt").write_text(text, encoding="utf-8-sig", newline="\r\n")


def zipped(folder: Path) -> Path:
    """Return the zip of a folder, which holds the folder itself."""
    made = shutil.make_archive(str(folder), "zip", folder.parent, folder.name)
    return Path(made)


if __name__ == "__main__":
    sys.exit(main())
