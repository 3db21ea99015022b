"""Scenario files in and out of the page: take in a colleague's file, give one's own away as a file or as a link.

What comes in is looked at first: what it is called, what it moves, the file itself, or every mistake in it. Nothing is
written before a press says so, a name that is taken is asked about, and nothing that comes in runs by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from nicegui import run, ui
from nicegui.events import UploadEventArguments

from sim.core.errors import KokuhoError
from sim.core.units import era
from sim.parameters import Parameters
from sim.scenario import sharing
from sim.scenario.scenario import Scenario
from sim.scenario.sharing import LARGEST, Received
from sim.ui import mine
from sim.ui.catalogue import BASE, Catalogue, Entry
from sim.ui.controls import put
from sim.ui.desk import Desk
from sim.ui.levers import LEVERS, moved
from sim.ui.memory import SENT, forget_in_address
from sim.ui.troubles import Trouble, noted, read
from sim.ui.words import Speaks, pick

WORDS: dict[str, tuple[str, str]] = {
    "in": ("シナリオファイルの読込", "Take in a scenario file"),
    "in_hint": (
        "同僚から受け取ったシナリオファイル（.yaml、{most}KBまで）を選ぶと、内容と誤りを確かめます。追加するまで保存も計算もしません。",
        "Choose a scenario file (.yaml, up to {most} KB). It is checked and shown; nothing is kept or run "
        "before you add it.",
    ),
    "choose": ("ファイルを選ぶ", "Choose a file"),
    "too_big": ("{most}KBまでの.yamlファイルを選んでください。", "Choose one .yaml file of up to {most} KB."),
    "out": ("シナリオの共有", "Share a scenario"),
    "which": ("共有するシナリオ", "Scenario to share"),
    "save": ("1つのファイルで保存", "Save as one file"),
    "save_hint": (
        "土台のシナリオの内容もまとめた1つのファイルです。受け取った側はこの画面の「読込」か kokuho run で使えます。",
        "One file that holds what its bases say as well. Whoever gets it takes it in on this tab, or runs it "
        "with kokuho run.",
    ),
    "link": (
        "リンク（内容はすべてリンクの中にあり、外部には送信しません）",
        "Link (it holds all of the scenario; nothing is sent anywhere)",
    ),
    "copy": ("リンクをコピー", "Copy the link"),
    "copied": ("コピーしました。", "Copied."),
    "link_hint": (
        "同僚は自分の端末で kokuho ui を開いてからこのリンクを開きます。内容を確かめて追加するまで計算はしません。",
        "The colleague starts kokuho ui on their own machine and opens the link there. Nothing runs before they have "
        "looked at it and added it.",
    ),
    "too_long": (
        "このシナリオはリンクには長すぎます。ファイルで渡してください。",
        "This scenario is too long for a link; give the file.",
    ),
    "outputs": (
        "出力の指定（outputs）は含みません。",
        "Declared outputs are left out.",
    ),
    "from_link": ("リンクで届いたシナリオ", "A scenario that came with a link"),
    "look": ("内容の確認", "What it says"),
    "name": ("名前", "Name"),
    "base": ("土台", "Starts from"),
    "description": ("内容", "Description"),
    "expectation": ("予想", "Expectation"),
    "key": ("変える項目", "What it moves"),
    "where": ("対象", "Where"),
    "since": ("開始年度", "From"),
    "value": ("値", "Value"),
    "everywhere": ("{region}全域", "all of {region}"),
    "every_year": ("全年度", "every year"),
    "no_change": (
        "変更する項目はありません（土台と同じ結果になります）。",
        "It moves nothing; its results are those of its base.",
    ),
    "file": ("ファイルの中身", "The file"),
    "wrong": ("このファイルは読めません（{count}件の誤り）", "This file cannot be read ({count} mistakes)"),
    "line": ("行", "Line"),
    "column": ("桁", "Column"),
    "mistake": ("誤りと、書けるもの", "What is wrong, and what is allowed"),
    "whole": ("全体", "file"),
    "add": ("一覧に追加", "Add to the scenarios"),
    "replace": ("置き換える", "Replace it"),
    "rename": ("別の名前で追加", "Add under another name"),
    "other_name": ("別の名前（英数字・かな漢字・_ -）", "Another name"),
    "cancel": ("やめる", "Cancel"),
    "close": ("閉じる", "Close"),
    "taken": ("「{name}」という名前のシナリオがすでにあります。", "There is a scenario '{name}' already."),
    "taken_ours": (
        "「{name}」は本体に含まれるシナリオの名前なので、別の名前で追加してください。",
        "'{name}' comes with the model and stays; add yours under another name.",
    ),
    "added": (
        "「{name}」を追加しました（{path}）。左の一覧で選ばれています。計算するには「計算する」を押します。",
        "'{name}' was added ({path}). It is chosen on the left; press Run to run it.",
    ),
    "same": (
        "同じ内容のシナリオ「{name}」がすでにあります。左の一覧で選びました。",
        "The same scenario '{name}' is at hand already. It is chosen on the left.",
    ),
    "bad_name": ("その名前は使えません：{text}", "That name cannot be used: {text}"),
}
HEADING = "text-base font-bold mt-2"
SMALL = "text-xs text-gray-700"
LOOK_SECONDS = 1.0


class _Speaks(Speaks):
    """Texts of this module in one language."""

    words = WORDS


class Sharing(_Speaks):
    """The tab: a file in, a file or a link out."""

    def __init__(self, desk: Desk, catalogue: Catalogue, lang: str, tell: Callable[[Trouble], None]) -> None:
        self.desk = desk
        self.lang = lang
        self.tell = tell
        self.name: str | None = None
        self.listed: dict[str, Entry] = {}

    def lay(self) -> None:
        """Lay both halves."""
        with ui.element("div").classes("grid grid-cols-1 lg:grid-cols-2 gap-6 w-full"):
            with ui.element("section").classes("min-w-0 flex flex-col gap-2"):
                self._in()
            with ui.element("section").classes("min-w-0 flex flex-col gap-2"):
                self._out()

    def _in(self) -> None:
        put(ui.label(self.say("in")).classes(HEADING), role="heading", aria_level=2)
        most = LARGEST // 1000
        ui.label(self.say("in_hint", most=most)).classes(SMALL)
        self.box = ui.upload(
            label=self.say("choose"),
            auto_upload=True,
            max_file_size=LARGEST,
            on_upload=self._take,
            on_rejected=lambda: ui.notify(self.say("too_big", most=most), type="warning"),
        )
        put(self.box.props("flat bordered accept=.yaml,.yml").classes("w-full"), data_testid="share-upload")
        self.came = put(ui.column().classes("w-full"), data_testid="share-came", aria_live="polite")

    async def _take(self, event: UploadEventArguments) -> None:
        """Look at a file that was chosen; it is shown below the box."""
        try:
            content = await event.file.read()
            received = await run.io_bound(sharing.looked_at, content, event.file.name)
        except Exception as error:
            self.tell(noted(error))
            return
        self.box.reset()
        self.came.clear()
        if received is None:  # the server is ending
            return
        with self.came:
            Look(self.desk, self.lang, self.tell, received, self.came.clear).lay()

    def _out(self) -> None:
        put(ui.label(self.say("out")).classes(HEADING), role="heading", aria_level=2)
        self.listed = self.entries()
        self.name = self._wished()
        self.which = ui.select(
            self._titles(),
            value=self.name,
            label=self.say("which"),
            with_input=True,
            on_change=lambda e: self._show(e.value),
        )
        put(self.which.classes("w-full"), data_testid="share-which", aria_label=self.say("which"))
        self.given = ui.column().classes("w-full")
        self._show(self.name)
        ui.timer(LOOK_SECONDS, self._look)

    def entries(self) -> dict[str, Entry]:
        """Return what can be given away: every scenario but the baseline, the one of the levers among them."""
        return {n: e for n, e in mine.entries(self.desk).items() if n != BASE}

    def _titles(self) -> dict[str, str]:
        return {name: entry.title(self.lang) for name, entry in self.listed.items()}

    def _wished(self) -> str | None:
        """Return the scenario to begin with: the one shown before, else that of the levers, else the last chosen."""
        own = self.desk.own.name if moved(self.desk.own.positions) else ""
        likely = (self.name, own, *reversed(self.desk.chosen), *self.listed)
        return next((name for name in likely if name in self.listed), None)

    def _look(self) -> None:
        """Offer what there is now: a lever was moved, a file taken in."""
        now = self.entries()
        if now == self.listed:
            return
        self.listed = now
        self.which.set_options(self._titles(), value=self._wished())
        self._show(self._wished())

    def _show(self, name: str | None) -> None:
        """Lay the buttons of a scenario: its file, its link."""
        if name is None:
            return
        self.name = name
        entry = self.listed[name]
        self.given.clear()
        with self.given:
            try:
                text = sharing.self_contained(entry.scenario, entry.text, Parameters.load())
            except KokuhoError as error:
                self.tell(noted(error))
                return
            save = ui.button(
                self.say("save"), icon="download", on_click=lambda: ui.download.content(text, f"{name}.yaml")
            )
            put(save, data_testid="share-save")
            ui.label(self.say("save_hint")).classes(SMALL)
            if entry.scenario.outputs and text != entry.text:
                ui.label(self.say("outputs")).classes(SMALL)
            self._link(text)

    def _link(self, text: str) -> None:
        letters = sharing.packed(text)
        if letters is None:
            put(ui.label(self.say("too_long")), data_testid="share-link-none")
            return
        link = f"{_home()}?{SENT}={letters}"
        with ui.row().classes("w-full items-center no-wrap gap-2"):
            field = ui.input(self.say("link"), value=link).props("readonly dense outlined").classes("grow min-w-0")
            put(field, data_testid="share-link", aria_label=self.say("link"))
            copy = ui.button(self.say("copy"), icon="content_copy", on_click=lambda: self._copy(link))
            put(copy.props("outline"), data_testid="share-copy")
        ui.label(self.say("link_hint")).classes(SMALL)

    def _copy(self, link: str) -> None:
        ui.clipboard.write(link)
        ui.notify(self.say("copied"), type="positive")


def _home() -> str:
    """Return the address of the page as the browser asked for it."""
    request = ui.context.client.request
    return str(request.base_url) if request is not None else "/"


class Look(_Speaks):
    """What came in, shown as data: its words, what it moves, the file; or its mistakes."""

    def __init__(
        self, desk: Desk, lang: str, tell: Callable[[Trouble], None], received: Received, close: Callable[[], object]
    ) -> None:
        self.desk = desk
        self.lang = lang
        self.tell = tell
        self.received = received
        self.close = close

    def lay(self) -> None:
        """Lay it into the open container."""
        with put(ui.card().classes("w-full"), data_testid="share-look"):
            if self.received.scenario is None:
                self._mistakes()
            else:
                self._contents(self.received.scenario)
            self.buttons = ui.column().classes("w-full")
            self._buttons()

    def _mistakes(self) -> None:
        found = self.received.mistakes
        head = ui.label(self.say("wrong", count=len(found))).classes("font-bold text-red-800")
        put(head, role="alert", data_testid="share-wrong")
        columns = [
            {"name": n, "label": self.say(n), "field": n, "align": "left"} for n in ("line", "column", "mistake")
        ]
        body = [
            {
                "id": i,
                "line": m.line or self.say("whole"),
                "column": m.column or "",
                "mistake": f"{m.file}: {read(m.text, self.lang)}",
            }
            for i, m in enumerate(found)
        ]
        table = ui.table(columns=columns, rows=body, row_key="id").props("dense flat bordered wrap-cells")
        put(table.classes("w-full"), data_testid="share-mistakes")

    def _contents(self, s: Scenario) -> None:
        ui.label(s.title.in_language(self.lang) or s.name).classes("text-lg font-bold break-all")
        about = {
            "name": s.name,
            "base": " → ".join(self.desk.title(n, self.lang) for n in s.chain[:-1]),
            "description": s.description.in_language(self.lang),
            "expectation": s.expectation.in_language(self.lang),
        }
        for key, text in about.items():
            if text:
                ui.label(f"{self.say(key)}：{text}" if self.lang == "ja" else f"{self.say(key)}: {text}").classes(
                    "break-words"
                )
        columns = [
            {"name": n, "label": self.say(n), "field": n, "align": "left"} for n in ("key", "where", "since", "value")
        ]
        names = Parameters.load().places()
        body = [
            {
                "id": i,
                "key": pick(LEVERS[c.key].label, self.lang) if c.key in LEVERS else c.key,
                "where": self.say("everywhere") if c.code is None else pick(names[c.code], self.lang),
                "since": self.say("every_year") if c.year is None else era(c.year),
                "value": c.quantity.text,
            }
            for i, c in enumerate(s.layers[-1] if s.layers else ())
        ]
        if body:
            ui.label(self.say("look")).classes("font-bold")
            table = ui.table(columns=columns, rows=body, row_key="id")
            table.props('dense flat bordered wrap-cells :grid="window.innerWidth < 600"')
            put(table.classes("w-full max-h-80"), data_testid="share-changes")
        else:
            ui.label(self.say("no_change"))
        with put(ui.expansion(self.say("file")).classes("w-full").props("dense"), data_testid="share-file"):
            ui.label(self.received.text).classes("font-mono text-xs whitespace-pre-wrap break-all bg-gray-100 p-2")

    # what to do with it

    def _buttons(self) -> None:
        self.buttons.clear()
        with self.buttons, ui.row():
            if self.received.scenario is not None:
                self._button("add", self._add)
            self._button("close", self.close, outline=True)

    def _button(self, key: str, press: Callable[[], object], outline: bool = False) -> None:
        button = ui.button(self.say(key), on_click=press)
        put(button, data_testid=f"share-{key}", outline=outline)

    def _add(self) -> None:
        """Add it, or ask what to do about a name that is taken."""
        s = self.received.scenario
        assert s is not None
        known = self.desk.entries().get(s.name)
        if known is not None and known.text == self.received.text:
            self._choose(s.name)
            ui.notify(self.say("same", name=s.name), type="info", multi_line=True)
            self.close()
        elif sharing.taken(s.name) or s.name in self.desk.entries():
            self._ask(s.name)
        else:
            self._keep(self.received, replace=False)

    def _ask(self, name: str) -> None:
        """Ask whether to replace a scenario of the same name, or what else to call it."""
        ours = sharing.ours(name)
        self.buttons.clear()
        with self.buttons:
            asked = ui.label(self.say("taken_ours" if ours else "taken", name=name)).classes("font-bold")
            put(asked, role="alert", data_testid="share-taken")
            box = ui.input(self.say("other_name"), value=sharing.free(name)).classes("w-full")
            put(box, data_testid="share-name")
            with ui.row():
                self._button("rename", lambda: self._rename(str(box.value or "")))
                if not ours:
                    self._button("replace", lambda: self._keep(self.received, replace=True), outline=True)
                self._button("cancel", self._buttons, outline=True)

    def _rename(self, name: str) -> None:
        try:
            received = sharing.looked_at(sharing.renamed(self.received.text, name.strip()))
        except KokuhoError as error:
            self.tell(noted(error))
            return
        if received.scenario is None:
            ui.notify(
                self.say("bad_name", text=read(received.mistakes[0].text, self.lang)), type="negative", multi_line=True
            )
        elif sharing.taken(received.scenario.name) or received.scenario.name in self.desk.entries():
            self._ask(received.scenario.name)
        else:
            self._keep(received, replace=False)

    def _keep(self, received: Received, replace: bool) -> None:
        """Write the file, and choose the scenario on the left; it does not run."""
        try:
            path = sharing.save(received, replace)
        except Exception as error:
            self.tell(noted(error))
            return
        assert received.scenario is not None
        name = received.scenario.name
        self.desk.added.pop(name, None)
        self._choose(name)
        ui.notify(self.say("added", name=name, path=path), type="positive", multi_line=True, timeout=8000)
        self.close()

    def _choose(self, name: str) -> None:
        """Choose a scenario among those on the left."""
        self.desk.chosen = [*(n for n in self.desk.chosen if n != name), name]


async def open_link(desk: Desk, lang: str, tell: Callable[[Trouble], None], letters: str) -> None:
    """Show what an address carries over the page, to be added or closed."""
    try:
        text = sharing.unpacked(letters)
        received = await run.io_bound(sharing.looked_at, text)
    except Exception as error:
        tell(noted(error))
        return
    if received is None:  # the server is ending
        return
    client = ui.context.client

    def close() -> None:
        dialog.close()
        forget_in_address(client, SENT)

    with ui.dialog(value=True).props("persistent") as dialog, ui.card().classes("w-full max-w-3xl"):
        title = ui.label(WORDS["from_link"][int(lang == "en")]).classes("text-lg font-bold")
        put(title, role="heading", aria_level=2, data_testid="share-from-link")
        Look(desk, lang, tell, received, close).lay()
    put(dialog, aria_label=WORDS["from_link"][int(lang == "en")])
