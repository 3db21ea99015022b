"""Two scenarios side by side in the municipality chosen: both levels and the difference, each with its 90 % range."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
from nicegui import run, ui
from nicegui.events import ValueChangeEventArguments

from sim.core.units import era
from sim.parameters import Parameters
from sim.reports.headlines import headline_label, place_label
from sim.scenario.scenario import Scenario
from sim.studies.levels import FULL, RUN, TOLD
from sim.studies.versus import figures, kept, told_apart
from sim.ui import mine
from sim.ui.catalogue import BASE, Catalogue
from sim.ui.controls import put
from sim.ui.desk import Desk
from sim.ui.pairing import PAIRINGS, Pairing
from sim.ui.shows import DRAWING
from sim.ui.troubles import Trouble, noted
from sim.ui.versus_charts import Course, chart
from sim.ui.words import UNITS, Speaks, pick, shown, unit_in, unit_name
from sim.ui.work import DONE, FAILED, STOPPED, WAITING

WORDS: dict[str, tuple[str, str]] = {
    "lead": (
        "二つのシナリオを同じ人・同じ乱数で計算し、両方の水準と差を推計の幅（90％区間）とともに示します。",
        "Both scenarios are run with the same people and the same draws; both levels and the difference are shown "
        "with their 90 % ranges.",
    ),
    "a": ("比較の基準", "Compared with"),
    "b": ("比較するシナリオ", "Scenario"),
    "run": ("比較する", "Compare"),
    "stop": ("中止", "Stop"),
    "same": ("異なる二つのシナリオを選んでください。", "Choose two different scenarios."),
    "time": (
        "世帯の1/{sample}標本で計算します。差は十数秒で、差の幅（1/200標本で60回計算し直す）は初回は数分で示します。一度計算した組合せはすぐに表示します。",
        "A sample of one household in {sample}. The difference takes seconds; its range (sixty more runs in a sample "
        "of 1/200) some minutes the first time. What has been compared before is shown at once.",
    ),
    "time_all": (
        "全世帯で計算します（数分から十数分・メモリ4GB）。",
        "Everybody is run: several minutes, 4 GB of memory.",
    ),
    "waiting": ("先の比較が終わるのを待っています", "waits for the comparison before it"),
    "scenarios": ("二つのシナリオを計算中", "running the two scenarios"),
    "ranges of differences": ("差の幅を計算中", "working out the range of the difference"),
    "begun": ("準備中", "getting ready"),
    "stopped": (
        "中止しました。計算の済んだ分は残り、次に使います。",
        "Stopped. What was finished is kept for the next time.",
    ),
    "failed": ("比較できませんでした。", "The comparison failed."),
    "measure": ("指標", "Measure"),
    "year": ("年度", "Fiscal year"),
    "difference": ("差", "Difference"),
    "difference_of": ("差（{b} － {a}）", "Difference ({b} less {a})"),
    "ends": ("差の90％区間", "90 % range of the difference"),
    "verdict": ("判定", "Told apart"),
    "yes": ("差があるといえる", "yes, from zero"),
    "no": ("差があるとはいえない", "not from zero"),
    "none": ("差なし", "no difference"),
    "unknown": ("幅を求められない", "no range"),
    "table": ("{place}・{era}年度", "{place}, {era}"),
    "course": ("{measure}：年度別（{place}）", "{measure} by year ({place})"),
    "higher": ("高い", "higher"),
    "lower": ("低い", "lower"),
    "more": ("多い", "more"),
    "less": ("少ない", "less"),
    "sentence": (
        "{era}年度の{place}の{measure}は、「{b}」では{other}で、「{a}」の{start}より{size}{word}。{doubt}",
        "In {era}, the {measure} in {place} is {other} under “{b}”, {size} {word} than {start} under “{a}”. {doubt}",
    ),
    "sentence_none": (
        "{era}年度の{place}の{measure}は、「{a}」と「{b}」とで差がない（{start}）。{doubt}",
        "In {era}, the {measure} in {place} is the same under “{a}” and “{b}” ({start}). {doubt}",
    ),
    "sure": (
        "差の90％区間は{low}～{high}で0を含まず、差があるといえる。",
        "The 90 % range of the difference, {low} to {high}, does not hold zero: it is told apart from zero.",
    ),
    "unsure": (
        "差の90％区間は{low}～{high}で0を含み、差があるとはいえない。",
        "The 90 % range of the difference, {low} to {high}, holds zero: it is not told apart from zero.",
    ),
    "no_range": (
        "この地域には推計の幅がないため、差があるといえるかどうかは判定できない。",
        "The region keeps no ranges, so that the difference cannot be told from chance.",
    ),
    "range_comes": (
        "差の90％区間は計算中で、差があるといえるかどうかはまだ判定できない。",
        "The 90 % range of the difference is being worked out: it cannot be told from chance yet.",
    ),
    "range_stopped": (
        "差の90％区間は計算を終えていないため、差があるといえるかどうかは判定できない。",
        "The range of the difference was not worked out to its end: it cannot be told from chance.",
    ),
    "note": (
        "差の幅は、公表された実績に合うパラメータの組の下で両方を同じ乱数で計算し直した差と、乱数による。"
        "両方に共通する不確かさは差では打ち消されるため、差の幅は水準の幅より狭い。",
        "The range of the difference is that under parameter sets that meet the published results, both run on the "
        "same draws, and noise. What is unknown in both alike cancels: it is narrower than the ranges of the levels.",
    ),
    FULL: (
        "「{a}」の水準は全世帯の計算による。「{b}」はこれに1/{sample}標本での差を加えたもの（金額・人数は水準に比例）。",
        "The level of “{a}” is that of the run of everybody; “{b}” is that level plus the difference of the 1/{sample} "
        "sample, amounts in proportion.",
    ),
    TOLD: (
        "{municipalities}と{level}の総数は全世帯の基準シナリオの水準に合わせてある（1/{sample}標本）。",
        "Totals are on the level of the full baseline (1/{sample} sample).",
    ),
    RUN: ("どちらも全世帯の計算による。", "Both are runs of everybody."),
    "sample": (
        "1/{sample}標本による水準で、標本誤差がある。",
        "The level is that of a 1/{sample} sample, with its error.",
    ),
    "small": (
        "※ 標本の世帯が少なく参考値。差の幅は標本の誤差を含む。",
        "※ few households in the sample: rough. The range of the difference holds that error.",
    ),
    "excel": ("比較をExcelで保存", "Save the comparison (Excel)"),
    "html": ("比較をHTMLで保存", "Save the comparison (HTML)"),
    "save_hint": (
        "{level}全体と全{municipalities}の比較です。保存先：{path}",
        "The prefecture and all municipalities. Folder: {path}",
    ),
    "working": ("作成しています…", "Making it …"),
    "members_average": ("被保険者数（年度平均）", "Insured (yearly average)"),
    "benefit_per_member": ("1人当たり保険給付費", "benefits per insured"),
}
HEADS = ("persons", "yen", "million yen", "households")
"""units of which there is more or less, not higher or lower"""
LOOK_SECONDS = 0.4


class Versus(Speaks):
    """The tab: two pickers, the comparison of the two, figures of the municipality chosen."""

    words = WORDS

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.catalogue = catalogue
        self.lang = lang
        self.tell = tell
        self.a = BASE
        self.b = next((n for n in (*desk.chosen, *mine.entries(desk)) if n != BASE), BASE)
        self.measure = "collection_rate"
        self.year: int | None = None
        self.drawn: tuple[object, ...] | None = None
        self.shown: tuple[object, ...] | None = None
        self.listed: dict[str, str] = {}
        self.pickers: list[ui.select] = []

    # what is compared

    def titles(self) -> dict[str, str]:
        """Return what the scenarios that can be chosen are called, told apart by name where two share a title."""
        here = (None, Parameters.load().region.name)
        entries = {n: e for n, e in mine.entries(self.desk).items() if e.scenario.region in here}
        called = {name: entry.title(self.lang) for name, entry in entries.items()}
        twice = {t for t in called.values() if [*called.values()].count(t) > 1}
        return {name: f"{title}（{name}）" if title in twice else title for name, title in called.items()}

    def scenarios(self) -> tuple[Scenario, Scenario]:
        entries = mine.entries(self.desk)
        return entries[self.a].scenario, entries[self.b].scenario

    @property
    def pairing(self) -> Pairing | None:
        return None if self.a == self.b else PAIRINGS.get(self.scenarios(), self.desk.sample)

    # the tab

    def lay(self) -> None:
        """Lay the pickers, and what is known of the two."""
        titles = self.titles()
        self.a, self.b = (name if name in titles else BASE for name in (self.a, self.b))
        ui.label(self.say("lead")).classes("text-sm")
        self.listed = titles
        self.pickers = []
        with ui.element("div").classes("grid grid-cols-1 md:grid-cols-[1fr_1fr_auto] gap-2 w-full items-center"):
            for which in ("a", "b"):
                picker = ui.select(
                    titles,
                    value=getattr(self, which),
                    label=self.say(which),
                    with_input=True,
                    on_change=self._choose(which),
                )
                put(picker.classes("w-full min-w-0"), data_testid=f"versus-{which}", aria_label=self.say(which))
                self.pickers.append(picker)
            button = ui.button(self.say("run"), icon="compare_arrows", on_click=self._begin)
            put(button, data_testid="versus-run")
        self.status = ui.column().classes("w-full")
        self.result = ui.column().classes("w-full")
        self.drawn = self.shown = None
        ui.timer(LOOK_SECONDS, self._look)
        ui.timer(0, self._seek, once=True)

    def _choose(self, which: str) -> Callable[[ValueChangeEventArguments], object]:
        async def chosen(event: ValueChangeEventArguments) -> None:
            if event.value:
                setattr(self, which, event.value)
                await self._seek()

        return chosen

    async def _seek(self) -> None:
        """Take in a comparison that was made before."""
        if self.a == self.b or self.pairing is not None:
            return
        scenarios, sample = self.scenarios(), self.desk.sample
        try:
            found = await run.io_bound(kept, scenarios, sample, self.desk.workshop.results)
        except Exception as error:
            self.tell(noted(error))
            return
        if found is not None and PAIRINGS.get(scenarios, sample) is None:
            PAIRINGS.keep(scenarios, sample, found)

    def _begin(self) -> None:
        if self.a == self.b:
            ui.notify(self.say("same"), type="warning")
            return
        PAIRINGS.start(self.scenarios(), self.desk.sample, self.desk.workshop.results)
        self._look()

    def _look(self) -> None:
        """Draw what has changed."""
        PAIRINGS.look()
        self._relist()
        p = self.pairing
        pair = (self.a, self.b, self.desk.sample)
        now = (*pair, *(() if p is None else (p.state, p.what, p.done)))
        if now != self.drawn:
            self.drawn = now
            self.status.clear()
            with self.status:
                self._status(p)
        results = (*pair, *(() if p is None else (p.path, p.state)))
        if results != self.shown:
            self.shown = results
            self.result.clear()
            if p is not None and p.path is not None:
                with self.result:
                    self._result(p.path)

    def _relist(self) -> None:
        """Offer the scenarios there are now: a lever was moved, a file taken in."""
        titles = self.titles()
        if titles == self.listed:
            return
        self.listed = titles
        self.a, self.b = (name if name in titles else BASE for name in (self.a, self.b))
        for picker, name in zip(self.pickers, (self.a, self.b), strict=True):
            picker.set_options(titles, value=name)

    def _status(self, p: Pairing | None) -> None:
        """Say what a comparison takes, how far it is, or what went wrong."""
        sample = self.desk.sample
        if self.a == self.b:
            ui.label(self.say("same"))
        elif p is None or p.state in (STOPPED, FAILED):
            if p is not None:
                words = [self.say(p.state), *([p.trouble.in_words(self.lang, None)] if p.trouble else [])]
                put(ui.label(" ".join(words)).classes("whitespace-pre-wrap"), role="status", data_testid="versus-said")
            ui.label(self.say("time_all" if sample == 1 else "time", sample=sample)).classes("text-xs text-gray-700")
        elif p.state != DONE:
            what = "waiting" if p.state == WAITING else p.what if p.what in WORDS else "begun"
            count = f"（{p.done}/{p.total}）" if p.total else ""
            with put(ui.row().classes("w-full items-center gap-3"), role="status", data_testid="versus-progress"):
                ui.label(f"{self.say(what)}{count}")
                bar = ui.linear_progress(value=p.done / p.total if p.total else 0, show_value=False)
                put(bar.classes("grow min-w-24"), aria_label=self.say(what))
                put(ui.button(self.say("stop"), icon="stop", on_click=p.stop).props("flat"), data_testid="versus-stop")

    # figures

    def _result(self, folder: Path) -> None:
        try:
            t = figures(folder, self.desk.area)
        except Exception as error:
            self.tell(noted(error))
            return
        t["unit"] = [unit_in(str(unit), whole=self.whole) for unit in t["unit"]]
        years = sorted(int(y) for y in t["year"].unique())
        measures = {m: self.label(str(m)) for m in dict.fromkeys(t["measure"])}
        if self.year not in years:
            self.year = years[-1]
        if self.measure not in measures:
            self.measure = next(iter(measures))
        with ui.row().classes("items-end w-full gap-4"):
            self._picker("year", {y: f"{era(y)}年度" if self.lang == "ja" else era(y) for y in years}, folder)
            self._picker("measure", measures, folder)
        now = t[t["year"] == self.year].set_index("measure", drop=False)
        said = ui.label(self.sentence(now.loc[self.measure])).classes("text-base font-bold w-full max-w-4xl")
        put(said, data_testid="versus-sentence", role="status")
        self._table(now)
        self._charts(t[t["measure"] == self.measure])
        self._notes(t)
        self._files(folder)

    def _picker(self, name: str, options: Mapping[int, str] | Mapping[str, str], folder: Path) -> None:
        def move(event: ValueChangeEventArguments) -> None:
            setattr(self, name, event.value)
            self.result.clear()
            with self.result:
                self._result(folder)

        picker = ui.select(dict(options), value=getattr(self, name), label=self.say(name), on_change=move)
        put(picker.classes("min-w-40 max-w-full"), data_testid=f"versus-{name}", aria_label=self.say(name))

    @property
    def whole(self) -> bool:
        """Whether the figures are those of the prefecture."""
        return self.desk.area == Parameters.load().region.code

    def label(self, measure: str) -> str:
        """Return what a figure is called: as in the report of a comparison."""
        own = WORDS.get(measure) or (headline_label(measure) if self.whole else place_label(measure))
        return pick(own, self.lang)

    def place(self) -> str:
        """Return the name of the municipality chosen, or of the prefecture."""
        p = Parameters.load()
        return pick(p.places().get(self.desk.area, (p.region.ja, p.region.en)), self.lang)

    def amount(self, value: float, unit: str, sign: bool = False) -> str:
        """Return a figure with its unit; a difference of shares is in points."""
        text = _signed(value, unit) if sign else shown(value, unit)
        if sign and unit == "share":
            return text + pick(("ポイント", " points"), self.lang)
        return f"{text}{'' if self.lang == 'ja' else ' '}{unit_name(unit, self.lang)}"

    def sentence(self, row: pd.Series) -> str:
        """Return in one sentence what the difference is, and whether it is told apart from zero."""
        unit, effect = str(row["unit"]), float(row["effect"])
        titles = self.titles()
        values: dict[str, object] = {
            "era": era(int(row["year"])),
            "place": self.place(),
            "measure": self.label(str(row["measure"])),
            "a": titles[self.a],
            "b": titles[self.b],
            "start": self.amount(row["level"], unit),
            "other": self.amount(row["other"], unit),
        }
        sure = told_apart(row["low"], row["high"])
        ends = {"low": _signed(row["low"], unit), "high": self.amount(row["high"], unit, sign=True)}
        doubt = self.say(self._unknown) if sure is None else self.say("sure" if sure else "unsure", **ends)
        if _nothing(effect, unit):
            same = _nothing(row["low"], unit) and _nothing(row["high"], unit)
            return self.say("sentence_none", **values, doubt="" if same else doubt).rstrip()
        up, down = ("more", "less") if unit in HEADS else ("higher", "lower")
        size = self.amount(abs(effect), unit, sign=True).lstrip("+")
        return self.say("sentence", **values, size=size, word=self.say(up if effect > 0 else down), doubt=doubt)

    def verdict(self, row: pd.Series) -> str:
        unit = str(row["unit"])
        if all(_nothing(row[name], unit) for name in ("effect", "low", "high")):
            return self.say("none")
        sure = told_apart(row["low"], row["high"])
        if sure is None:
            return self.say("ranges of differences" if self._unknown == "range_comes" else "unknown")
        return self.say("yes" if sure else "no")

    @property
    def _unknown(self) -> str:
        """Return the key of why a difference has no range: it is on its way, was stopped, or the region keeps none."""
        state = self.pairing.state if self.pairing is not None else DONE
        return {DONE: "no_range", STOPPED: "range_stopped", FAILED: "range_stopped"}.get(state, "range_comes")

    def span(self, row: pd.Series, low: str, high: str, sign: bool = False) -> str:
        """Return a range as people write it, "" where there is none."""
        if pd.isna(row[low]):
            return ""
        write = _signed if sign else shown
        ends = [write(row[end], str(row["unit"])) for end in (low, high)]
        return ends[0] if sign and ends[0] == ends[1] else pick(("～", " – "), self.lang).join(ends)

    def _table(self, now: pd.DataFrame) -> None:
        """Lay a row for each figure: both levels with their ranges, the difference with its own."""
        titles = self.titles()
        heads = {
            "measure": self.say("measure"),
            "level": titles[self.a],
            "other": titles[self.b],
            "effect": self.say("difference"),
            "ends": self.say("ends"),
            "verdict": self.say("verdict"),
        }
        side = {"measure": "left", "verdict": "left"}
        columns = [
            {"name": n, "label": head, "field": n, "align": side.get(n, "right"), "style": "white-space:pre-line"}
            for n, head in heads.items()
        ]
        body = [
            {
                "id": str(m),
                "measure": f"{'※ ' if r['small'] else ''}{self.label(str(m))} ({unit_name(r['unit'], self.lang)})",
                "level": f"{shown(r['level'], r['unit'])}\n{_in_brackets(self.span(r, 'level_low', 'level_high'))}",
                "other": f"{shown(r['other'], r['unit'])}\n{_in_brackets(self.span(r, 'other_low', 'other_high'))}",
                "effect": _signed(r["effect"], r["unit"]),
                "ends": self.span(r, "low", "high", sign=True),
                "verdict": self.verdict(r),
            }
            for m, r in now.iterrows()
        ]
        title = self.say("table", place=self.place(), era=era(int(self.year or 0)))
        table = ui.table(columns=columns, rows=body, row_key="id", title=title)
        table.props(
            'dense flat bordered wrap-cells title-class=text-base :grid="window.innerWidth < 600"'
        )  # cards on a telephone
        put(table.classes("w-full"), data_testid="versus-table")

    def _charts(self, t: pd.DataFrame) -> None:
        """Draw a figure by year: both levels, and the difference, with their ranges."""
        titles, t = self.titles(), t.set_index("year")
        unit = str(t["unit"].iloc[0])
        name = self.label(self.measure)
        title = self.say("course", measure=name, place=self.place())
        levels = [Course(titles[self.a], t["level"], t["level_low"], t["level_high"])]
        levels.append(Course(titles[self.b], t["other"], t["other_low"], t["other_high"]))
        gap = self.say("difference_of", a=titles[self.a], b=titles[self.b])
        points = pick(("ポイント", "points"), self.lang) if unit == "share" else unit_name(unit, self.lang)
        with ui.element("div").classes("grid grid-cols-1 xl:grid-cols-2 gap-4 w-full"):
            both = ui.echart(chart(levels, title, unit, unit_name(unit, self.lang)), renderer="svg")
            put(both.classes("h-80 w-full"), data_testid="versus-chart", role="img", aria_label=title)
            own = [Course(gap, t["effect"], t["low"], t["high"])]
            one = ui.echart(chart(own, gap, unit, points, zero=True), renderer="svg")
            put(one.classes("h-80 w-full"), data_testid="versus-gap", role="img", aria_label=gap)
        self._years(t, unit, title)

    def _years(self, t: pd.DataFrame, unit: str, title: str) -> None:
        """Lay the numbers of the charts as a table."""
        titles = self.titles()
        columns = [{"name": "row", "label": "", "field": "row", "align": "left"}]
        columns += [{"name": str(y), "label": era(int(y)), "field": str(y)} for y in t.index]
        rows = {
            titles[self.a]: t["level"].map(lambda v: shown(v, unit)),
            titles[self.b]: t["other"].map(lambda v: shown(v, unit)),
            self.say("difference"): t["effect"].map(lambda v: _signed(v, unit)),
            self.say("ends"): t.apply(lambda r: self.span(r, "low", "high", sign=True), axis=1),
        }
        body = [{"row": name, **{str(y): text for y, text in own.items()}} for name, own in rows.items()]
        head = pick(("{}（{}）", "{} ({})"), self.lang).format(title, unit_name(unit, self.lang))
        table = ui.table(columns=columns, rows=body, row_key="row", title=head)
        put(table.props("dense flat bordered title-class=text-base").classes("w-full"), data_testid="versus-years")

    def _notes(self, t: pd.DataFrame) -> None:
        titles = self.titles()
        level_of = str(t["level_of"].iloc[0])
        key = level_of if level_of in WORDS else "sample"
        notes = [self.say(key, a=titles[self.a], b=titles[self.b], sample=self.desk.sample)]
        if t["low"].notna().any():
            notes.append(self.say("note"))
        if bool(t["small"].any()):
            notes.append(self.say("small"))
        for text in notes:
            ui.label(text).classes("text-xs text-gray-700 max-w-4xl")

    # files

    def _files(self, folder: Path) -> None:
        with ui.row():
            for kind in ("excel", "html"):
                button = ui.button(
                    self.say(kind), icon="download", on_click=lambda k=kind: self._deliver(k, folder)
                ).props("outline")
                put(button, data_testid=f"versus-{kind}")
        ui.label(self.say("save_hint", path=folder)).classes("text-xs text-gray-700 break-all")

    async def _deliver(self, kind: str, folder: Path) -> None:
        """Make page and workbook of the comparison, once, outside the event loop, and send one to the browser."""
        from sim.reports import compare

        ending = "xlsx" if kind == "excel" else "html"
        file = folder / f"comparison{'' if self.lang == 'ja' else '_en'}.{ending}"
        note = ui.notification(self.say("working"), spinner=True, timeout=None)
        try:
            async with DRAWING:
                if not file.is_file():
                    await run.io_bound(compare, [folder], "ja" if self.lang == "ja" else "en", None, False)
            ui.download.file(str(file), f"{self.a}+{self.b}.{ending}")
        except Exception as error:
            self.tell(noted(error))
        finally:
            note.dismiss()


def _nothing(value: float, unit: str) -> bool:
    """Tell whether a figure is shown as nothing."""
    _, _, scale, decimals = UNITS[unit]
    return pd.notna(value) and round(abs(float(value)) / scale, decimals) == 0


def _signed(value: float, unit: str) -> str:
    """Return a difference with its sign, ±0 where it is shown as nothing."""
    return "±0" if _nothing(value, unit) else shown(value, unit, sign=True)


def _in_brackets(text: str) -> str:
    return f"({text})" if text else ""
