"""Does every command speak the language asked for, its help included, and say the rest of what it says in it too?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from sim import cli
from sim.cli.app import PANELS, app
from sim.cli.help_words import COMMANDS, OPTIONS
from sim.cli.help_words import PANELS as PANELS_JA
from sim.cli.usage import told
from sim.core import language

ROOT = Path(__file__).resolve().parents[2]
JAPANESE = re.compile(r"[぀-ヿ一-鿿々％]")
LETTERS = re.compile(r"[A-Za-z]{2,}")
TOWN = "甲市"

WALK: tuple[str, ...] = (
    "run baseline --to R9 --no-ranges",
    "run baseline --to R6 --no-report --sample 2 --replicates 2",
    "runs list",
    "runs show baseline",
    "runs verify",
    "compare baseline collection_drive --to R9 --no-ranges --no-report --by method",
    "validate baseline --page validation.md",
    "attribute baseline --from R7 --to R9",
    f"explain baseline -m {TOWN} -y R8 --portion medical",
    f"effort baseline -m {TOWN} -y R8",
    "models baseline",
    f"models baseline -m {TOWN}",
    "standard-rates baseline",
    "person --sample 4",
    "rates",
    f"rates -m {TOWN}",
    f"household docs/family.yaml -m {TOWN} -y R7",
    f"household docs/family.yaml -m {TOWN} -y R7 --notice",
    f"curve docs/family.yaml -m {TOWN} -y R7",
    "care docs/care.yaml",
    "check baseline collection_drive",
    "new mine --folder .",
    "schema --out schema.json",
    "sources rates.alpha",
    "describe collection_rate",
    "describe --search 収納率",
    "glossary 納付金",
    "regions",
    "region check teaching",
    "region new own",
    "contribution --template inputs.xlsx",
    "contribution inputs.xlsx",
    f"anchor --template own.xlsx -m {TOWN}",
    f"rates-plan --new -m {TOWN} --write plan.yaml",
    "rates-plan plan.yaml --to R9",
    "sensitivity --list",
    "dictionary words",
    "report baseline --no-png --no-workbook",
    "levers --lever reminders --sample 4 --replicates 1 --to R6 --no-ranges",
    "prepare baseline",
)
"""one command of each kind, on the teaching prefecture, in the order in which they need one another"""

NAMES = (
    r"[\w./-]*[./][\w./-]+",  # paths, files, keys of parameters
    # scenarios and regions
    r"baseline|collection_drive|reminders|plan|teaching|tokyo|kanagawa|Teaching|Tokyo|Kanagawa",
    r"[A-Za-z_]+(?:\.[a-z_]+)? =",  # symbols of a formula
    r"aged 25-34 over 55-64",  # a source
    r"R\d+|FY\d+|MB|KB|kokuho\S*|--[\w-]+|x[\d.]+",  # years, sizes, commands, options
    r"\d{8}-\d{6}Z-[0-9a-f]+|[0-9a-f]{6,}",  # ids of runs, digests
    r"Excel|YAML|JSON|CSV|SMS|AI|OTC|HTML|README|invented|assumption|[A-Za-z]+_\w+",  # products, ids of sources
)
"""what stands in a line as it is in either language"""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its path."""

    def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
        yield path, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, f"{path} {name}".strip())

    yield from walk(typer.main.get_command(app), "")


def test_every_help_has_its_japanese_and_no_japanese_is_left_over() -> None:
    found = dict(commands())
    assert {path or "kokuho" for path in found} == set(COMMANDS)
    said = {getattr(p, "help", None) for command in found.values() for p in command.params} - {None}
    said |= {"Show this message and exit."}
    plain = {text.replace("\\[", "[") for text in said}
    assert plain - set(OPTIONS) == set(), "options without Japanese in sim/cli/help_words.py"
    assert set(OPTIONS) - plain == set(), "Japanese of options that are gone"
    assert set(PANELS_JA) == set(PANELS)
    assert all(JAPANESE.search(text) for table in (COMMANDS, OPTIONS, PANELS_JA) for text in table.values())


def test_every_command_takes_the_language() -> None:
    assert [path for path, command in commands() if "lang" not in {p.name for p in command.params}] == []


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_help_is_in_the_language(lang: language.Lang, capsys: pytest.CaptureFixture[str]) -> None:
    for path, _ in commands():
        assert cli.main([*path.split(), "--help", "--lang", lang]) == 0
        shown = capsys.readouterr().out
        if lang == "ja":
            assert "使い方:" in shown
            assert not re.search(r"Usage|Options|Arguments|Commands|\[required\]|\[default", shown), path
        else:
            assert not re.search(r"使い方|オプション|引数|既定値", shown), path
    assert language.wished() is None, "a command leaves no language behind"


@pytest.mark.parametrize(
    ("words", "ja"),
    [
        (["rn"], "コマンド「rn」はありません"),
        (["run"], "引数 SCENARIO を指定してください"),
        (["run", "baseline", "--sampel", "3"], "オプション --sampel はありません"),
        (["run", "baseline", "--sample", "many"], "数値で指定してください"),
        (["run", "baseline", "--sample", "0"], "1以上で指定してください"),
        (["validate", "--format", "xml"], "使える値：'table', 'json'"),
        (["regions", "a", "b"], "引数が多すぎます：a b"),
    ],
)
def test_a_mistake_in_the_use_of_a_command_is_told_in_japanese(
    words: list[str], ja: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, "--lang", "ja"]) == 2
    said = capsys.readouterr().err
    assert ja in said
    assert "--help" in said
    assert cli.main(words) == 2
    assert not JAPANESE.search(capsys.readouterr().err)


def test_what_click_says_and_we_do_not_know_stays_as_it_is() -> None:
    assert told("Something new.") == "Something new."


def _lines(text: str) -> list[str]:
    """Return the lines of an output without the frames of tables."""
    return [line for raw in text.splitlines() if (line := re.sub(r"[─-╿]", " ", raw).strip())]


def _bare(line: str) -> str:
    """Return what is left of a line without the names that are the same in either language."""
    for pattern in NAMES:
        line = re.sub(rf"(?<![\w]){'(?:' + pattern + ')'}(?![\w])", " ", line)
    return line


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "docs").mkdir()
    for name in ("family.yaml", "care.yaml"):
        shutil.copy(ROOT / "docs" / name, folder / "docs")
    return folder


def spoken(lang: str, desk: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return what each command of the walk says."""
    monkeypatch.chdir(desk)
    monkeypatch.setenv(language.VARIABLE, lang)
    said = {}
    for line in WALK:
        words = line.split()
        region = (
            [] if words[0] in ("runs", "region", "regions", "glossary", "contribution") else ["--region", "teaching"]
        )
        code = cli.main([*words, *region])
        out, err = capfd.readouterr()
        assert code == 0, f"{line}: {out}{err}"
        said[line] = out + err
    return said


def test_every_command_speaks_japanese(
    desk: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [
        f"{command}: {line}"
        for command, text in spoken("ja", desk, capfd, monkeypatch).items()
        for line in _lines(text)
        if not JAPANESE.search(line) and LETTERS.search(_bare(line))
    ]
    assert wrong == [], "\n".join(wrong)


def test_english_has_no_japanese_but_names_and_terms(
    desk: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mine.yaml", "plan.yaml", "inputs.xlsx", "own.xlsx"):
        (desk / name).unlink(missing_ok=True)
    shutil.rmtree(desk / "own", ignore_errors=True)
    sentence = re.compile(r"[ぁ-ん]{2,}.*[。、]|(?:です|ます|である|する|した)(?:。|$)")
    said = spoken("en", desk, capfd, monkeypatch)
    told_in_both = (
        "describe",
        "sources",
        "anchor",
        "contribution",
    )  # they show meanings in both, or a workbook's words
    wrong = [
        f"{command}: {line}"
        for command, text in said.items()
        if not command.startswith(told_in_both)
        for line in _lines(text)
        if sentence.search(line)
    ]
    assert wrong == []


def test_a_worker_and_a_new_process_follow_the_locale(tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "", "LC_MESSAGES": "", "LANG": "ja_JP.UTF-8", "PYTHONPATH": str(ROOT)}
    environment.pop(language.VARIABLE, None)
    for lang, ja in (("ja_JP.UTF-8", True), ("C.UTF-8", False)):
        shown = subprocess.run(
            [sys.executable, "-m", "sim.cli", "glossary", "arrears"],
            env={**environment, "LANG": lang, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            cwd=tmp_path,
        ).stdout
        assert shown.startswith("滞納" if ja else "arrears")
