"""Compares wheel and sdist with the files of the checkout: `python -m tests.packaging.contents FOLDER`."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
INSIDE = {
    "sim/": "sim/",
    "scenarios/": "sim/shipped/scenarios/",
    "docs/family.yaml": "sim/shipped/docs/family.yaml",
    "docs/care.yaml": "sim/shipped/docs/care.yaml",
    "docs/glossary.md": "sim/shipped/docs/glossary.md",
    "docs/glossary.ja.md": "sim/shipped/docs/glossary.ja.md",
}
"""folders and files of the checkout that a wheel holds, and where"""
ONLY_HERE = {".pre-commit-config.yaml"}


def tracked() -> set[str]:
    """Return the files under version control."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return {name for name in told.split("\0") if name}


def expected_in_wheel(files: set[str]) -> set[str]:
    """Return what the wheel must hold of these files, by its own names."""
    return {home + f.removeprefix(here) for f in files for here, home in INSIDE.items() if f.startswith(here)}


def in_wheel(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {n for n in archive.namelist() if ".dist-info/" not in n}


def in_sdist(path: Path) -> set[str]:
    with tarfile.open(path) as archive:
        names = [m.name.partition("/")[2] for m in archive.getmembers() if m.isfile()]
    return set(names) - {"PKG-INFO"}


def differences(title: str, held: set[str], wanted: set[str]) -> list[str]:
    return [f"{title}: {f} is missing" for f in sorted(wanted - held)] + [
        f"{title}: {f} does not belong there" for f in sorted(held - wanted)
    ]


def main(folder: Path) -> None:
    wheel, sdist = next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))
    files = tracked()
    wrong = differences("wheel", in_wheel(wheel), expected_in_wheel(files))
    wrong += differences("sdist", in_sdist(sdist), files - ONLY_HERE)
    if wrong:
        raise SystemExit("\n".join(wrong))
    print(f"wheel: {len(in_wheel(wheel))} files, sdist: {len(in_sdist(sdist))} files, none missing, none too many")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
