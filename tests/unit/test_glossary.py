"""Does an English word have one meaning, and do we keep to the words of the glossary?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \|", re.MULTILINE)
_KEPT = {"enrolment.luck"}
"""names of random decisions: changing one changes every life"""


def _glossary() -> tuple[list[tuple[str, str]], list[str]]:
    """Return (English, Japanese) of the terms, and the words not to be used."""
    terms, _, avoided = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").partition("Words we do not use")
    rows = [(a, b) for a, b in _ROW.findall(terms) if a not in ("English", "---")]
    words = [w.strip() for a, _ in _ROW.findall(avoided) if a not in ("not", "---") for w in a.split(",")]
    return rows, words


def test_one_word_per_term_and_one_term_per_word():
    rows, _ = _glossary()
    assert len(rows) > 40
    for column in zip(*rows, strict=True):
        assert len(set(column)) == len(column)


def test_words_we_do_not_use_are_not_used():
    _, words = _glossary()
    pattern = re.compile(rf"\b(?:{'|'.join(words)})(?:ed|s|ing|er)?\b", re.IGNORECASE)
    found = []
    for path in [*(ROOT / "sim").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
        if path.name == "glossary.md":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line) and not any(name in line for name in _KEPT):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def test_relief_is_not_public_assistance():
    """`relief` is 軽減; the enrolment kernel once called 生活保護 so."""
    for path in (ROOT / "sim" / "mechanisms" / "enrolment").glob("*.py"):
        assert not re.search(r"\brelief", path.read_text(encoding="utf-8")), path


def test_both_pages_have_the_same_terms_each_with_its_meaning() -> None:
    from sim.reports.glossary import terms

    rows, _ = _glossary()
    assert {(t.key, t.ja) for t in terms()} == set(rows)
    for t in terms():
        assert t.meaning_ja, t.key
        assert t.meaning_en, t.key
        assert re.search(r"[぀-ヿ一-鿿]", t.meaning_ja), t.key
        assert not re.search(r"[぀-ヿ一-鿿]", t.meaning_en), t.key


def test_a_term_is_found_by_name_part_meaning_and_misspelt() -> None:
    from sim.core.errors import InputError
    from sim.reports.glossary import find

    assert find("納付金")[0].key == "contribution"
    assert find("base income")[0].key == find("BASE_INCOME")[0].key == "base_income"
    assert {"collection", "collection_rate"} <= {t.key for t in find("収納")}
    assert find("激変緩和措置")[0].key == "easing"
    assert find("contribtion")[0].key == "contribution"
    assert "late_elderly" in {t.key for t in find("75歳以上")}
    with pytest.raises(InputError, match="xyzzy"):
        find("xyzzy")


def test_a_passage_links_a_term_once_and_leaves_what_is_explained_elsewhere() -> None:
    from sim.reports.glossary import Links

    links = Links("ja", {"1人当たり納付金"})
    said = str(links("1人当たり納付金は納付金とは別。納付金と世帯 <b>"))
    assert said.startswith(
        '1人当たり納付金は<a class="term" href="#term-word-contribution">納付金</a>とは別。納付金と世帯'
    )
    assert said.endswith("&lt;b&gt;")
    assert [row["name"] for row in links.rows()] == ["納付金"]
    assert "word-standard_rate" in str(Links("en", set())("the standard rate of arrears"))


def test_the_command_explains_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    from sim import cli

    assert cli.main(["glossary", "納付金", "--lang", "ja"]) == 0
    shown = capsys.readouterr().out
    assert "国民健康保険事業費納付金" in shown
    assert "関連する用語：1人当たり納付金" in shown
    assert cli.main(["glossary", "納付金"]) == 0
    assert "what a municipality pays to the prefecture" in capsys.readouterr().out
    assert cli.main(["glossary", "nothing-like-it"]) == 2


def test_every_number_of_the_register_has_a_japanese_label() -> None:
    from sim.parameters import Parameters
    from sim.scenario.labels import LABELS_JA

    p = Parameters.load()
    assert set(p.passports) - set(LABELS_JA) == set(), "write its label in sim/scenario/labels.py"
    assert set(LABELS_JA) - set(p.passports) == set()
    assert all(re.search(r"[぀-ヿ一-鿿]", label) for label in LABELS_JA.values())
