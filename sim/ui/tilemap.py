"""The tile map of the page: a button for every municipality, whose name can be read on a telephone as well.

Colours, hatching and what is left grey are those of the map of the report (`sim.reports.collection_figures`). A tile
tells its value, range and rank under the pointer, under the keyboard and to a screen reader; beside the map stands
the table of ranks. Arrows move between tiles; a press chooses the municipality.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import matplotlib
import pandas as pd
from matplotlib.colors import Normalize, to_hex
from nicegui import ui

from sim.outputs.measures import HIDDEN
from sim.parameters import Parameters
from sim.parameters.places import kinds_of
from sim.reports.collection_figures import NO_VALUE, Look, dark
from sim.reports.tiles import tiles_of
from sim.ui.controls import put
from sim.ui.words import Speaks, pick, shown, unit_name

WORDS: dict[str, tuple[str, str]] = {
    "map": ("{municipalities}の地図", "Map of municipalities"),
    "hint": (
        "地図のタイルを選ぶと、その{municipalities}の表示に切り替わります（矢印キーで移動、Enterで選択）。",
        "A tile chooses its municipality (arrow keys move, Enter chooses).",
    ),
    "told": ("{name}：{value}{range}{rank}{rough}", "{name}: {value}{range}{rank}{rough}"),
    "range": ("（90％区間 {low}～{high}）", " (90 % range {low}–{high})"),
    "rank": ("、{kind}{count}団体中{rank}位", ", {rank} of {count} of its kind"),
    "rough": ("、世帯が少なく参考値", ", few households: rough"),
    "no_value": ("値なし", "no value"),
    "place": ("{municipalities}", "Municipality"),
    "value": ("値", "Value"),
    "ends": ("90％区間", "90 % range"),
    "place_rank": ("順位", "Rank"),
    "ranks": (
        "順位は同じ種別の市区町村の中で値の大きい順",
        "Ranks: among municipalities of the same kind, highest first",
    ),
    "few": ("斜線：世帯が少なく参考値", "hatched: few households, rough"),
    "none": ("灰色：値なし、または幅が大きい", "grey: no value, or too unsure to show"),
}
_LETTERS = "区市町村"
"""the last letter of a Japanese name says what the municipality is"""
_STEPS = 9
"""colours of the scale"""
_ARROWS = """(event) => {
  const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  if (!step) return;
  event.preventDefault();
  const here = event.currentTarget, [x, y] = [+here.dataset.x, +here.dataset.y];
  let best = null, least = Infinity;
  for (const tile of here.parentElement.children) {
    const along = (tile.dataset.x - x) * step[0] + (tile.dataset.y - y) * step[1];
    const aside = Math.abs((tile.dataset.x - x) * step[1]) + Math.abs((tile.dataset.y - y) * step[0]);
    if (along > 0 && along + 3 * aside < least) { least = along + 3 * aside; best = tile; }
  }
  if (best) { here.tabIndex = -1; best.tabIndex = 0; best.focus(); }
}"""
"""moves to the nearest tile in the direction of an arrow key; one tile at a time stands in the order of Tab"""
_pressed: set[str] = set()
"""pages whose tile was pressed: the map laid anew gives the keyboard back to it"""
_HATCH = "repeating-linear-gradient(135deg,{ink} 0 1px,transparent 1px 4px) bottom/100% 22% no-repeat,"


@dataclass(frozen=True)
class Shown:
    """What a map shows.

    rows      code, name, small and value; where there are any, low and high (90 % range) and rate_half
    unit      of `sim.outputs.measures`
    balanced  differences: zero in the middle of the colours
    note      stands behind the unit
    """

    rows: pd.DataFrame
    unit: str
    title: str
    balanced: bool = False
    note: str = ""

    @cached_property
    def table(self) -> pd.DataFrame:
        """The municipalities of the map by code, with `hidden` (no value to show), `kind` and `rank` in it."""
        at = tiles_of(Parameters.load())
        t = self.rows[self.rows["code"].isin([*at])].set_index("code")
        small = t["small"].astype(bool)
        unsure = ~(t["rate_half"] <= HIDDEN) if "rate_half" in t else small & ~small.all()
        p = Parameters.load()
        kind = pd.Series(kinds_of(p, p.region.kinds)).reindex(t.index).fillna("")
        rank = t["value"].groupby(kind).rank(ascending=False, method="min")
        counted = t["value"].groupby(kind).transform("count")
        return t.assign(hidden=t["value"].isna() | unsure, kind=kind, rank=rank, counted=counted)

    @cached_property
    def norm(self) -> Normalize:
        """From the lowest value shown to the highest, or as far on either side of zero."""
        t = self.table
        told = t.loc[~t["hidden"] & ~(t["small"].astype(bool) & ~t["small"].all()) if self.balanced else ~t["hidden"]]
        values = told["value"] if len(told) else pd.Series([0.0])
        if self.balanced:
            reach = float(values.abs().max()) or 1.0
            return Normalize(-reach, reach, clip=True)
        return Normalize(float(values.min()), float(values.max()), clip=True)

    @property
    def colours(self) -> matplotlib.colors.Colormap:
        return matplotlib.colormaps["PuOr_r" if self.balanced else Look().colours]

    def face(self, code: int) -> tuple[float, float, float, float]:
        """Return the colour of a municipality."""
        t = self.table
        if code not in t.index or bool(t.at[code, "hidden"]):
            return NO_VALUE
        red, green, blue, full = self.colours(self.norm(float(t.at[code, "value"])))
        return float(red), float(green), float(blue), float(full)


def short(name: str) -> str:
    """Return a name without the letter that says what it is, as people say it."""
    return name[:-1] if len(name) > 2 and name[-1] in _LETTERS else name


def halves(name: str) -> str:
    """Return a Japanese name with a mark where it may go on in a second line; others as they are."""
    if name.isascii() or len(name) < 3:
        return name
    half = (len(name) + 1) // 2
    return f"{name[:half]}\u200b{name[half:]}"


def lay_map(seen: Shown, lang: str, chosen: int | None, choose: Callable[[int], None]) -> None:
    """Lay title, map, scale and the table of ranks into the open container.

    chosen  code of the municipality that is outlined
    choose  called with the code of the tile that is pressed
    """
    _Map(seen, lang, chosen, choose).lay()


@dataclass
class _Map(Speaks):
    """One map on a page."""

    words = WORDS

    seen: Shown
    lang: str
    chosen: int | None
    choose: Callable[[int], None]

    def lay(self) -> None:
        with ui.element("div").classes("grid grid-cols-1 2xl:grid-cols-[3fr_2fr] gap-4 w-full"):
            with ui.element("section").classes("min-w-0 w-full"):
                put(ui.label(self.seen.title).classes("font-bold"), role="heading", aria_level=3)
                ui.label(f"{unit_name(self.seen.unit, self.lang)}{self.seen.note}").classes("text-xs text-gray-700")
                self._tiles()
                self._scale()
                start = self.told(self.chosen) if self.chosen in self.seen.table.index else self.say("hint")
                self.line = ui.label(start).classes("min-h-6 font-bold")
                put(self.line, data_testid="map-told", aria_live="polite")
                ui.label(self.say("hint")).classes("text-xs text-gray-600")
            self._ranks()

    def _tiles(self) -> None:
        """Lay the tiles on a grid of as many columns and rows as the region's map has."""
        p = Parameters.load()
        names, at = p.places(), tiles_of(p)
        wide, high = (int(max(place[i] for place in at.values())) + 1 for i in (0, 1))
        first = self.chosen if self.chosen in at else min(at, key=lambda code: (at[code][1], at[code][0]))
        with ui.element("div").classes("w-full overflow-x-auto py-1"):
            box = ui.element("div").classes("grid gap-[1px] w-full lg:gap-[2px]")
            least = "0" if self.lang == "ja" else "56px"
            box.style(
                f"grid-template-columns:repeat({wide},minmax({least},1fr));grid-template-rows:repeat({high},auto)"
            )
            put(box, role="group", aria_label=f"{self.say('map')} {self.seen.title}", data_testid="map")
        for code, place in sorted(at.items(), key=lambda item: (item[1][1], item[1][0])):
            with box:
                self._tile(code, pick(names[code], self.lang), place, code == first)

    def _tile(self, code: int, name: str, at: tuple[float, float], first: bool) -> None:
        mine = code == self.chosen
        column, row = int(at[0]) + 1, int(at[1]) + 1
        tile = ui.element("button").classes(
            "min-w-0 h-11 lg:h-12 p-0 leading-none text-center overflow-hidden cursor-pointer"
            " text-[11px] lg:text-[12px] break-words relative"
        )
        edge = "box-shadow:0 0 0 2px #fff,0 0 0 5px #D55E00;z-index:1;font-weight:bold;" if mine else ""
        tile.style(f"grid-column:{column};grid-row:{row};border:0;{self._paint(code)}{edge}")
        sentence = self.told(code, name)
        put(
            tile,
            type="button",
            tabindex=0 if first else -1,
            title=sentence,
            aria_label=sentence,
            aria_pressed="true" if mine else "false",
            data_testid=f"tile-{code}",
            data_x=column,
            data_y=row,
        )
        with tile:
            ui.label(halves(name)).classes("max-lg:hidden px-[1px]")
            ui.label(halves(short(name))).classes("lg:hidden")
            ui.label(self._figure(code)).classes("max-lg:hidden text-[11px] mt-[2px]")
        self._follow(tile, code, sentence)

    def _paint(self, code: int) -> str:
        """Return the style of a tile: its colour, letters that can be read on it, hatching where it is rough."""
        face, t = self.seen.face(code), self.seen.table
        ink = "#fff" if dark(face) else "#000"
        rough = code in t.index and bool(t.at[code, "small"]) and not t.at[code, "hidden"]
        hatch = _HATCH.format(ink=f"{ink}8" if ink == "#fff" else "#0005") if rough else ""
        return f"color:{ink};background:{hatch}{to_hex(face)};"

    def _figure(self, code: int) -> str:
        t = self.seen.table
        if code not in t.index or t.at[code, "hidden"]:
            return "–"
        return self._write(float(t.at[code, "value"]))

    def _write(self, value: float) -> str:
        return shown(value, self.seen.unit, self.seen.balanced)

    def _follow(self, tile: ui.element, code: int, sentence: str) -> None:
        """Let a tile be pressed, tell of itself and move on by arrows; give it the keyboard if it was just pressed."""
        tile.on("click", lambda: self._press(code))
        tile.on("keydown", js_handler=_ARROWS)
        for moment in ("focus", "mouseenter"):
            tile.on(moment, lambda: self.line.set_text(sentence), throttle=0.05)
        if code == self.chosen and (page := ui.context.client.id) in _pressed:
            _pressed.discard(page)
            ui.timer(0.1, lambda: tile.run_method("focus"), once=True)

    def _press(self, code: int) -> None:
        if code != self.chosen:
            _pressed.add(ui.context.client.id)
        self.choose(code)

    def told(self, code: int | None, name: str = "") -> str:
        """Return value, range and rank of a municipality in words."""
        t, unit = self.seen.table, self.seen.unit
        names = Parameters.load().places()
        name = name or pick(names[int(code or 0)], self.lang)
        if code not in t.index or pd.isna(t.at[code, "value"]):
            return self.say("told", name=name, value=self.say("no_value"), range="", rank="", rough="")
        row = t.loc[code]
        value = f"{shown(row['value'], unit, self.seen.balanced)} {unit_name(unit, self.lang)}"
        ends = ""
        if "low" in t and pd.notna(row["low"]):
            low, high = (shown(row[end], unit, self.seen.balanced) for end in ("low", "high"))
            ends = self.say("range", low=low, high=high)
        kind = Parameters.load().region.kinds[row["kind"]].ja if row["kind"] else ""
        rank = self.say("rank", kind=kind, count=int(row["counted"]), rank=int(row["rank"])) if self._ranked else ""
        rough = self.say("rough") if row["small"] else ""
        return self.say("told", name=name, value=value, range=ends, rank=rank, rough=rough)

    @property
    def _ranked(self) -> bool:
        """Whether ranks say anything: names that show their kind, and figures that are not all the same."""
        return bool((self.seen.table["kind"] != "").all()) and self.seen.table["value"].nunique() > 1

    def _scale(self) -> None:
        """Lay the colours with the lowest and highest value, and what hatching and grey mean."""
        norm, unit = self.seen.norm, self.seen.unit
        steps = [to_hex(self.seen.colours(i / (_STEPS - 1))) for i in range(_STEPS)]
        low, high = (shown(float(end), unit, self.seen.balanced) for end in (norm.vmin or 0.0, norm.vmax or 0.0))
        with ui.row().classes("items-center gap-2 text-xs w-full"):
            ui.label(low)
            bar = ui.element("div").classes("h-3 w-40 max-w-[40vw]")
            bar.style(f"background:linear-gradient(90deg,{','.join(steps)})")
            put(bar, role="presentation")
            ui.label(f"{high} {unit_name(unit, self.lang)}")
            t = self.seen.table
            if bool((t["small"].astype(bool) & ~t["hidden"]).any()):
                ui.label(self.say("few"))
            if bool(t["hidden"].any()):
                ui.label(self.say("none"))

    def _ranks(self) -> None:
        """Lay the table beside the map: every municipality with value, range and rank, that chosen first and marked."""
        t = self.seen.table
        labels = {"name": "place", "value": "value"}
        if self._ranked:
            labels = {"rank": "place_rank", **labels}
        if "low" in t:
            labels["ends"] = "ends"
        columns = [
            {"name": n, "label": self.say(k), "field": n, "align": "left" if n == "name" else "right"}
            for n, k in labels.items()
        ]
        order = t.assign(
            others=t.index != self.chosen,
            by=t["kind"].map({kind: i for i, kind in enumerate(Parameters.load().region.kinds)}).fillna(0),
        )
        body = [self._line(int(str(c)), r) for c, r in order.sort_values(["others", "by", "rank", "name"]).iterrows()]
        with ui.column().classes("min-w-0 w-full gap-1"):
            ui.label(self.say("ranks") if self._ranked else "").classes("text-xs text-gray-700")
            table = ui.table(columns=columns, rows=body, row_key="code")
            put(table.props("dense flat bordered").classes("w-full max-w-2xl max-h-[28rem]"), data_testid="map-table")

    def _line(self, code: int, row: pd.Series) -> dict[str, object]:
        """Return a row of the table of ranks."""
        ranged = "low" in row and pd.notna(row["low"])
        name = pick(Parameters.load().places()[code], self.lang)
        return {
            "code": code,
            "rank": "" if pd.isna(row["rank"]) else str(int(row["rank"])),
            "name": f"{'▶ ' if code == self.chosen else ''}{'※' if row['small'] else ''}{name}",
            "value": self._write(row["value"]),
            "ends": pick(("～", "–"), self.lang).join((self._write(row["low"]), self._write(row["high"])))
            if ranged
            else "",
        }
