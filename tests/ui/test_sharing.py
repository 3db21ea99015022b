"""Scenario files in and out: one file that says it all, links within limits, files of strangers read as data only."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")

from sim.core.errors import InputError
from sim.parameters import Parameters
from sim.scenario import sharing
from sim.scenario.document import Mistakes
from sim.scenario.file import find, known_names
from sim.scenario.scenario import load_scenario, parse_scenario
from sim.scenario.sharing import looked_at, packed, self_contained, unpacked
from sim.ui.sharing import WORDS

REGISTER = Parameters.load()
MINE = """name: mine
title: {ja: 独自案, en: Mine}
extends: collection_drive
policy:
  payment.account_transfer_share: {R10: +5pt, 新宿区: {R9: +3pt}}
  rates.alpha: 0.5
rates_plan: {municipality: 新宿区, R9: {medical: {income: 8.2%, per_head: 48_000}}, after: decide}
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_words_have_both_languages() -> None:
    assert all(ja and en for ja, en in WORDS.values())


@pytest.mark.parametrize("name", [n for n in known_names() if not n.startswith("kanagawa")])
def test_every_scenario_fits_one_file_and_one_link(name: str) -> None:
    path = find(name, Mistakes())
    assert path is not None
    text = self_contained(load_scenario(name), path.read_text(encoding="utf-8"), REGISTER)
    letters = packed(text)
    assert letters is not None
    assert unpacked(letters) == text


def test_one_file_says_what_its_bases_say() -> None:
    mine = parse_scenario(MINE, Path("scenarios/mine.yaml"), REGISTER)
    text = self_contained(mine, MINE, REGISTER)
    assert "extends" not in text
    alone = parse_scenario(text, Path("scenarios/mine.yaml"), REGISTER)
    assert alone.title == mine.title
    before, after = (REGISTER.with_overrides(s.overrides(REGISTER)) for s in (mine, alone))
    for key in ("payment.account_transfer_share", "payment.sms_reminders", "rates.alpha", "rates_plan.medical_income"):
        for year in range(2022, 2030):
            for code in (None, 13104, 13101):
                assert before.value(key, year, code) == after.value(key, year, code), (key, year, code)
    assert after.value("payment.account_transfer_share", 2028, 13104) == pytest.approx(
        REGISTER.value("payment.account_transfer_share", 2028, 13104) + 0.1 + 0.05 + 0.03
    )


def test_a_file_whose_base_says_nothing_is_given_as_it_is() -> None:
    text = "# why: see the minutes\nname: plain\nextends: baseline\npolicy:\n  rates.alpha: {R9: 0.5}\n"
    assert self_contained(parse_scenario(text, Path("scenarios/plain.yaml")), text, REGISTER) == text


# links


def test_a_long_scenario_has_no_link() -> None:
    noise = "".join(base64.b64encode(zlib.crc32(str(i).encode()).to_bytes(4, "big")).decode() for i in range(3000))
    assert packed(f"name: x\n# {noise}\n") is None


@pytest.mark.parametrize(
    "letters",
    [
        "x",
        "%%%",
        "eNp" + "A" * 50,
        base64.urlsafe_b64encode(zlib.compress(b"name: x")).decode()[:-6],
        base64.urlsafe_b64encode(zlib.compress(b"\xff\xfe")).decode(),
        base64.urlsafe_b64encode(zlib.compress(b"name: x") + b"more").decode(),
        "A" * (sharing.LONGEST + 1),
    ],
)
def test_a_damaged_link_is_refused(letters: str) -> None:
    with pytest.raises(InputError, match="link"):
        unpacked(letters)


def test_a_link_that_blows_up_is_refused_before_it_does() -> None:
    """Six thousand letters hold four million bytes of nothing."""
    letters = base64.urlsafe_b64encode(zlib.compress(b" " * 4_000_000, 9)).decode()
    assert len(letters) <= sharing.LONGEST
    with pytest.raises(InputError, match="100,000 bytes"):
        unpacked(letters)


# files of strangers


def test_every_mistake_is_told_with_file_line_column_and_what_is_allowed() -> None:
    text = "name: x\nextends: baseline\npolicy:\n  rates.alpha: 7\n  payment.nothing: 3\n"
    found = looked_at(text.encode(), "同僚の案.yaml")
    assert found.scenario is None
    assert [(m.file, m.line, m.column) for m in found.mistakes] == [("同僚の案.yaml", 4, 16), ("同僚の案.yaml", 5, 3)]
    assert "allowed 0–1" in found.mistakes[0].text
    assert "no parameter 'payment.nothing'" in found.mistakes[1].text


@pytest.mark.parametrize(
    "line",
    [
        "extends: ../secret.yaml",
        "extends: /etc/passwd",
        r"extends: \\host\share\x.yaml",
        "extends: C:x",
        "extends: secret.yaml",
        "region: ../region",
        "region: /region",
    ],
)
def test_a_sent_file_opens_no_path_of_this_machine(line: str, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "secret.yaml").write_text("name: secret\nextends: baseline\n", encoding="utf-8")
    found = looked_at(f"name: x\n{line}\n")
    assert found.scenario is None
    assert [m.line for m in found.mistakes] == [2]
    assert "is a path" in found.mistakes[0].text


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"x" * 200_000, b"- a", b"name: [", b"name: ../x\n", b"", b"a: *b"]
)
def test_what_is_no_scenario_is_refused_with_a_message(content: bytes) -> None:
    found = looked_at(content, "x.yaml")
    assert found.scenario is None
    assert found.mistakes
    assert all(m.text and m.file == "x.yaml" for m in found.mistakes)


def test_a_file_is_kept_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    received = looked_at("name: mine\nextends: baseline\n")
    path = sharing.save(received)
    assert (tmp_path / path).read_text(encoding="utf-8") == received.text
    other = looked_at("name: mine\nextends: reminders\n")
    with pytest.raises(InputError, match="already"):
        sharing.save(other)
    monkeypatch.setattr("sim.scenario.sharing.os.replace", _full)
    with pytest.raises(OSError, match="No space"):
        sharing.save(other, replace=True)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert [p.name for p in (tmp_path / "scenarios").iterdir()] == ["mine.yaml"]
    assert (tmp_path / path).read_text(encoding="utf-8") == received.text, "the old file is still whole"
    sharing.save(other, replace=True)
    assert (tmp_path / path).read_text(encoding="utf-8") == other.text


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["baseline", "Reminders"])
def test_a_scenario_of_the_model_is_never_written_over(name: str) -> None:
    received = looked_at(f"name: {name}\n" + ("extends: baseline\n" if name != "baseline" else ""))
    assert received.scenario is not None
    with pytest.raises(InputError, match="already"):
        sharing.save(received, replace=True)
    again = looked_at(sharing.renamed(received.text, sharing.free(name)))
    assert again.scenario is not None
    assert again.scenario.name == f"{name}_2"
    sharing.save(again)
    assert sharing.free(name) == f"{name}_3"


def test_another_name_changes_nothing_else() -> None:
    text = '# ours\r\nname: "x"  # short\r\nextends: baseline\r\n'
    assert sharing.renamed(text, "y") == "# ours\r\nname: y\r\nextends: baseline\r\n"
