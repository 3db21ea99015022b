"""The tabs of the page: one entry each. A tab's class stands in a module of its own and is loaded when it is opened."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sim.ui.catalogue import Catalogue
    from sim.ui.desk import Desk
    from sim.ui.troubles import Trouble


class Part(Protocol):
    """What stands in a tab. It is made once a page and laid anew when the municipality or the runs shown change."""

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None: ...

    def lay(self) -> None:
        """Build the tab into the (empty) container that is open."""


@dataclass(frozen=True)
class Tab:
    """A tab: its name (data-testid `tab-<name>`), title in Japanese and English, and where its class stands."""

    name: str
    title: tuple[str, str]
    made_by: str
    """module:Class"""
    follows: bool = True
    """whether it is laid anew when other runs are shown; else only when the municipality changes"""

    def part(self) -> type[Part]:
        """Return the class of the tab."""
        module, _, name = self.made_by.partition(":")
        found: type[Part] = getattr(importlib.import_module(module), name)
        return found


TABS: tuple[Tab, ...] = (
    Tab("outlook", ("見通し", "Outlook"), "sim.ui.outlook:Outlook"),
    Tab("plans", ("料率改定案", "Rates plan"), "sim.ui.plans:Plans", follows=False),
    Tab("calculator", ("世帯の保険料", "A household's bill"), "sim.ui.calculator:Calculator", follows=False),
    Tab("curve", ("所得と保険料", "Income and bill"), "sim.ui.curve:Curve", follows=False),
    Tab("versus", ("二案の比較", "Compare two"), "sim.ui.versus:Versus"),
    Tab("places", ("{municipalities}", "Municipalities"), "sim.ui.places:Places"),
    Tab("overview", ("図表", "Figures"), "sim.ui.overview:Overview"),
    Tab("models", ("モデル世帯", "Model households"), "sim.ui.models:Models"),
    Tab("about", ("シナリオの内容", "About the scenarios"), "sim.ui.about:About"),
    Tab("sharing", ("読込・共有", "Upload and share"), "sim.ui.sharing:Sharing", follows=False),
    Tab("save", ("保存", "Save"), "sim.ui.save:Save"),
)
"""In the order shown."""
