"""Controls of the page. Attributes are set as data: no name of a scenario or a file is ever read as markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from nicegui import ui
from nicegui.events import GenericEventArguments

from sim.parameters import Parameters
from sim.parameters.places import find_place, kinds_of
from sim.ui.words import pick, word

E = TypeVar("E", bound=ui.element)

_TYPED = """(event) => {
  const input = event.target;
  if (!input.getAttribute("aria-activedescendant") && input.value) emit(input.value);
}"""
"""sends what was typed, unless an option of the list is marked: that one is taken then"""


def put(element: E, **attributes: object) -> E:
    """Set attributes of an element (data_testid=… becomes data-testid) whatever characters the values have."""
    element.props.update({name.replace("_", "-"): value for name, value in attributes.items()})
    return element


def code_meant(text: str, options: Mapping[int, str]) -> int:
    """Return the option a typed text means: its words, a municipality's name or code, or the only one that has it.

    Raises KeyError if no option or more than one is meant.
    """
    wanted = text.strip()
    if exact := [key for key, label in options.items() if label == wanted]:
        return exact[0]
    code, _ = find_place(wanted, Parameters.load())
    if code is not None and code in options:
        return code
    left = [key for key, label in options.items() if wanted.casefold() in label.casefold()]
    if not wanted or len(left) != 1:
        raise KeyError(text)
    return left[0]


def place_kinds(lang: str) -> dict[str, dict[int, str]]:
    """Return the municipalities by kind: heading -> code -> name, those of no kind last."""
    register = Parameters.load()
    kinds, of_code = register.region.kinds, kinds_of(register, register.region.kinds)
    headings = {kind: pick((words.ja, words.en), lang) for kind, words in kinds.items()} | {"": ""}
    found: dict[str, dict[int, str]] = {heading: {} for heading in headings.values()}
    for code, names in register.places().items():
        found[headings[of_code[code]]][code] = names[lang == "en"] or names[0]
    return {heading: places for heading, places in found.items() if places}


def choose_place(lang: str, choose: Callable[[int], None]) -> ui.dialog:
    """Open the chooser of a municipality in front of everything: one press each; Escape takes the prefecture."""
    with ui.dialog(value=True) as dialog, put(ui.card().classes("max-w-3xl w-full"), data_testid="chooser"):
        put(ui.label(word("choose_place", lang)).classes("text-lg font-bold"), role="heading", aria_level=2)
        ui.label(word("choose_place_hint", lang)).classes("text-sm")

        def take(code: int) -> None:
            choose(code)
            dialog.close()

        whole = ui.button(word("whole", lang), on_click=lambda: take(Parameters.load().region.code))
        put(whole.props("outline"), data_testid="choose-whole")
        for heading, places in place_kinds(lang).items():
            ui.label(heading).classes("font-bold")
            with ui.row().classes("gap-1"):
                for code, name in places.items():
                    button = ui.button(name, on_click=lambda c=code: take(c)).props("outline dense")
                    put(button.classes("px-2"), data_testid=f"choose-{code}")
    return dialog


def municipality_box(
    options: Mapping[int, str], value: int, label: str, lang: str, choose: Callable[[int], None]
) -> ui.select:
    """Lay a list of municipalities to choose from or to type into; Enter takes what is meant by the text.

    `choose` is called with the new value. A text that means nothing is told, and the box goes back.
    """
    box = ui.select(dict(options), value=value, label=label, with_input=True, on_change=lambda e: choose(e.value))

    def take(event: GenericEventArguments) -> None:
        text = str(event.args)
        try:
            found = code_meant(text, options)
        except KeyError:
            ui.notify(word("no_such_place", lang, text=text), type="warning")
            found = box.value
        box.run_method("hidePopup")
        box.run_method("updateInputValue", options[found], True)
        box.value = found

    for moment in ("keydown.enter", "blur"):
        box.on(moment, take, js_handler=_TYPED)
    return box
