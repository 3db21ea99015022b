"""Does an English word have one meaning, and do we keep to the words of the glossary?"""

import re
from pathlib import Path

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
