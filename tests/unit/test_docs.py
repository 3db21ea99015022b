"""The examples of the documentation run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest

DOCS = Path(__file__).parents[2] / "docs"
matplotlib.use("Agg")


@pytest.mark.parametrize("page", ["api.md", "extending.md"])
def test_the_examples_of_a_page_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, object] = {"__name__": "example"}
    for block in blocks:
        exec(compile(block, page, "exec", dont_inherit=True), names)
    plt.close("all")
    if page == "extending.md":
        mine, base = names["mine"], names["base"]
        gain = mine.headline["collection_rate"] - base.headline["collection_rate"]  # type: ignore[attr-defined]
        assert (gain[:2] == 0).all()
        assert gain.iloc[-1] > 0
        lever = mine.folder.manifest["levers"][0]  # type: ignore[attr-defined]
        assert lever["after"] == "cost.care"
        assert mine.digest != base.digest  # type: ignore[attr-defined]


def test_the_index_of_documents_names_every_page_and_its_links_lead_somewhere() -> None:
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert all((DOCS / link).exists() for link in links)
    pages = {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md")} - {"README.md"}
    assert pages <= set(links), sorted(pages - set(links))
