"""What every output of a sample says of itself, so that none is taken for the full population."""

from __future__ import annotations

import re
from pathlib import Path

_BANNER = (
    "1/{n}標本：{n}世帯に1世帯を取り出した試算で、数値に標本の誤差がある。"
    "資料には全世帯の計算（--sample 1）を使うこと。",
    "1/{n} sample: computed from one household in {n}, so every figure has sampling error. For figures to be used, "
    "run the full population (--sample 1).",
)
_TAG = ("1/{n}標本", "1/{n} sample")


def banner(sample: int, lang: str) -> str:
    """Return the sentence above the figures of a sample, in ja or en; nothing for the full population."""
    return _said(_BANNER, sample, lang)


def tag(sample: int, lang: str) -> str:
    """Return the short form for titles and headings: 1/100 sample; nothing for the full population."""
    return _said(_TAG, sample, lang)


def tagged(title: str, sample: int, lang: str) -> str:
    """Return a title with the tag of a sample behind it."""
    if sample == 1:
        return title
    return f"{title}【{tag(sample, lang)}】" if lang == "ja" else f"{title} [{tag(sample, lang)}]"


def sample_of(folder: Path) -> int:
    """Return the N of a run folder of one household in N, from its manifest; 1 is the full population."""
    path = folder / "manifest.yaml"
    found = re.search(r"^sample: (\d+)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE) if path.exists() else None
    return int(found[1]) if found else 1


def _said(text: tuple[str, str], sample: int, lang: str) -> str:
    return "" if sample == 1 else text[0 if lang == "ja" else 1].format(n=sample)
