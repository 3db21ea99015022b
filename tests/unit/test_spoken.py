"""Messages in Japanese: every text has one, its holes are the same, and a finished text is read as what it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.core import language
from sim.core.errors import nearest
from sim.core.outside import explained
from sim.core.spoken import CATALOGUE, HOLE, Template, catalogue, entries, literals, spoken
from tests.messages import CONTEXTS, Found, texts

KINDS = {"described", "either", "omitted", "region", "unit", "word"}


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    return texts()[0]


@pytest.fixture(scope="module")
def known() -> dict[tuple[str, str], str]:
    return {(context, en): ja for context, en, ja in entries(CATALOGUE.read_text("utf-8")) if en}


def test_the_sources_are_read(found: dict[str, Found]) -> None:
    """What is raised as it stands, what is noted, pieces in variables and what functions return are all found."""
    assert len(found) > 900
    for text in (
        "unknown key '{0}'{1} Allowed here: {2}",
        "; did you mean '{0}'?",
        "'{0}' is not a whole number of {1} or more",
        "1 = the full population, 100 = one household in a hundred",
        "no space is left on the disk",
        "a quotation mark opened on line {0} is not closed",
        "{0}: no such portion{1} {2}",
        "interrupted",
    ):
        assert text in found


def test_every_message_has_a_japanese_text(found: dict[str, Found], known: dict[tuple[str, str], str]) -> None:
    """`python -m tests.messages` adds what is missing to the catalogue; its Japanese is written by hand."""
    lacking = {text: min(one.places) for text, one in found.items() if not known.get(("", text))}
    assert not lacking
    assert [text for context, text in known if not context and text not in found] == []
    assert {context for context, _ in known} == {"", *CONTEXTS}


def test_other_tools_read_the_catalogue(known: dict[tuple[str, str], str]) -> None:
    pofile = pytest.importorskip("babel.messages.pofile")
    with CATALOGUE.open("rb") as stream:
        read = pofile.read_po(stream, abort_invalid=True)
    assert {(m.context or "", m.id): m.string for m in read if m.id} == known


def test_holes_are_the_same_in_both_languages(known: dict[tuple[str, str], str]) -> None:
    for (_, en), ja in known.items():
        assert {m[1] for m in HOLE.finditer(en) if m[1]} == {m[1] for m in HOLE.finditer(ja) if m[1]}, en
        assert {m[2] for m in HOLE.finditer(ja) if m[2]} <= KINDS, ja


def test_the_japanese_is_japanese(known: dict[tuple[str, str], str]) -> None:
    """Keys, commands and file names stay; a text without a single Japanese sign would be forgotten English."""
    for (context, en), ja in known.items():
        if not context and re.search(r"[a-z]{3,} [a-z]{3,}", "".join(literals(en))):
            assert re.search(r"[ぁ-んァ-ヶ一-龠]", ja), en
        assert not re.search(r"(お試し|してね|エラーです|して下さい|出来ま)", ja), ja
        assert not ja.endswith("。"), ja  # the door ends a sentence


def _filled(template: Template, value: Callable[[int], str]) -> str:
    return template.literals[0] + "".join(value(i) + text for i, text in enumerate(template.literals[1:]))


def test_a_finished_text_is_read_as_the_template_it_was_made_of() -> None:
    """Of a thousand templates each is told apart from all others; of two values side by side the second is left out."""
    wrong = []
    for t in catalogue().templates:
        glued = {i for i in range(1, len(t.literals) - 1) if not t.literals[i]}

        def value(i: int, glued: set[int] = glued) -> str:
            return "" if i in glued else f"x{i}y"

        def put(match: re.Match[str], value: Callable[[int], str] = value) -> str:
            told = match[2] in ("described", "omitted")
            return match[0][0] if match[1] is None else "" if told else value(int(match[1]))

        expected = HOLE.sub(put, t.ja).replace("（）", "")
        if not t.vague and spoken(_filled(t, value), "ja").rstrip("。").strip() != expected.strip():
            wrong.append((t.en, expected, spoken(_filled(t, value), "ja")))
    assert not wrong


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        (
            "trial.yaml:4:22: unknown key 'polcy'; did you mean 'policy'? Allowed here: name, extends",
            "trial.yaml 4行目22字目：キー「polcy」はありません。「policy」の誤りではありませんか。"
            "ここで使えるキー：name, extends",
        ),
        (
            "x.yaml:5:20: policy.levy.cap_medical: 'q' is not a number; write for example 650,000 or +5% "
            "[Cap of the medical portion; in yen/household/year, allowed 0–2,000,000]",
            "x.yaml 5行目20字目：policy.levy.cap_medical：「q」は数として読めません。例：650,000 または +5%"
            "［単位：円/世帯/年、指定できる範囲：0～2,000,000］",
        ),
        (
            "x.yaml:5:20: law.levy.cap_medical: '65' is out of range; allowed 500–2,000 yen. A zero too few? [Cap]",
            "x.yaml 5行目20字目：law.levy.cap_medical：「65」は範囲外です。指定できる範囲：500～2,000 円。"
            "0 が1つ足りなくないか確認してください。",
        ),
        ("a.csv: cannot be read (Permission denied)", "a.csv：読み込めません（アクセス権がありません）"),
        (
            "a.yaml: 2 members have 'head: true'; exactly one person is head of the household (世帯主), insured or not:"
            " the head owes the bill\nb.yaml: no such file",
            "a.yaml：「head: true」の世帯員が2人います。世帯主は、被保険者かどうかにかかわらず必ず1人です"
            "（保険料（税）の納付義務者は世帯主です）\nb.yaml：ファイルがありません。",
        ),
    ],
)
def test_messages_within_messages(english: str, japanese: str) -> None:
    assert spoken(english, "ja") == japanese


def test_what_a_user_wrote_stays() -> None:
    """A value in quotes may be a message itself; it is told as it was written."""
    text = "f.yaml: municipality is 'permission denied'; write 新宿区, Shinjuku or 13104"
    assert "「permission denied」" in spoken(text, "ja")


def test_no_message_is_lost() -> None:
    """What no template explains is told in English, what stands around it in Japanese."""
    assert spoken("something nobody foresaw", "ja") == "something nobody foresaw"
    assert (
        spoken("a.csv: cannot be read (a new reason of the system)", "ja")
        == "a.csv：読み込めません（a new reason of the system）"
    )


def test_the_region_is_asked_for_its_name_only_where_it_is_named() -> None:
    asked: list[str] = []

    def name(en: str) -> str:
        asked.append(en)
        return "見本県"

    assert spoken(f"a.yaml: no such file{nearest('b', ['b'])}", "ja", name)
    assert not asked
    assert spoken("no municipality 'x' in Sample", "ja", name) == "見本県に市区町村「x」はありません。"
    assert asked == ["Sample"]


def test_english_is_what_was_raised() -> None:
    text = "x: 'y' is not a fiscal year; write R8, 2026 or FY2026"
    assert spoken(text, "en") is text
    assert spoken(text) is text
    with language.speaking("ja"):
        assert spoken(text) == "x：「y」は年度として読めません。R8、2026、FY2026 のように書いてください。"


def test_failures_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        (tmp_path / "none" / "a.csv").read_text()
    told = str(explained(caught.value))
    assert spoken(told, "ja") == (
        f"{tmp_path}/none/a.csv：ファイルまたはフォルダがありません。パスを確かめるか、先にフォルダを作成してください。"
    )
