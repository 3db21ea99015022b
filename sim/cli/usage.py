"""Help, and mistakes in the use of a command, in the language in force; typer and click speak English only."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sim.cli.help_words import COMMANDS, EPILOG, OPTIONS, PANELS
from sim.core import language
from sim.core.errors import InputError

Part = Any
"""a command, parameter or context of click, which some versions of typer bring along under a private name"""

_TITLES = {
    "ARGUMENTS_PANEL_TITLE": ("引数", "Arguments"),
    "OPTIONS_PANEL_TITLE": ("オプション", "Options"),
    "COMMANDS_PANEL_TITLE": ("コマンド", "Commands"),
    "DEFAULT_STRING": ("[既定値: {}]", "[default: {}]"),
    "REQUIRED_LONG_STRING": ("[必須]", "[required]"),
}
"""texts typer puts around a help, by the name it has for them"""

_USAGE = (("Usage: ", "使い方: "), ("[OPTIONS]", "[オプション]"), ("COMMAND [ARGS]...", "コマンド [引数]..."))

_MISTAKES: tuple[tuple[str, str], ...] = (
    (
        r"No such command '?(.+?)'?\.(?: Did you mean (.+)\?)?",
        "コマンド「{0}」はありません。{1}一覧は kokuho --help で表示します。",
    ),
    (r"Missing command\.", "コマンドを指定してください。一覧は kokuho --help で表示します。"),
    (
        r"No such option:? '?(.+?)'?\.?(?: Did you mean (.+)\?)?(?: \(Possible options: (.+)\))?",
        "オプション {0} はありません。{1}{2}",
    ),
    (r"Missing argument '?(.+?)'?\.(?: .*)?", "引数 {0} を指定してください。"),
    (r"Missing option (.+?)\.(?: .*)?", "オプション {0} を指定してください。"),
    (r"Got unexpected extra arguments? ?\((?:s\) \()?(.+)\)", "引数が多すぎます：{0}"),
    (r"Got unexpected extra argument\(s\) \((.+)\)", "引数が多すぎます：{0}"),
    (r"Option '?(.+?)'? requires an argument\.?", "オプション {0} には値が必要です。"),
    (r"Option '?(.+?)'? does not take a value\.?", "オプション {0} は値をとりません。"),
    (r"Invalid value for (.+?): (.+)", "{0} の値が正しくありません：{1}"),
    (r"Invalid value: (.+)", "値が正しくありません：{0}"),
)
"""a mistake as click tells it, and in Japanese"""

_VALUES: tuple[tuple[str, str], ...] = (
    (r"(?:Value error, )?'?(.*?)'? is not one of (.+?)\.?", "「{0}」は使えません。使える値：{1}"),
    (r"Input should be (?:a valid )?(?:integer|number).*", "数値で指定してください"),
    (r"Input should be greater than or equal to (.+)", "{0}以上で指定してください"),
    (r"Input should be less than or equal to (.+)", "{0}以下で指定してください"),
    (r"'?(.*?)'? is not a valid (?:integer|int|float|number)\.?", "「{0}」は数値ではありません"),
    (r"(\S+) is not in the range (.+?)\.?", "{0} は範囲外です。使える範囲：{1}"),
    (r"\S+ '(.+?)' does not exist\.", "「{0}」がありません"),
    (r"\S+ '(.+?)' is not readable\.", "「{0}」を読み取る権限がありません"),
    (r"\S+ '(.+?)' is not writable\.", "「{0}」に書き込む権限がありません"),
    (r"\S+ '(.+?)' is a directory\.", "「{0}」はフォルダです。ファイルを指定してください"),
    (r"\S+ '(.+?)' is a file\.", "「{0}」はファイルです。フォルダを指定してください"),
)
"""what is wrong with a value as click and pydantic tell it, and in Japanese"""


def in_language(group: Part) -> None:
    """Have a group and its commands give their help in the language in force, where it is Japanese."""
    _translated(group, "")


def _translated(command: Part, path: str) -> None:
    command.get_usage = functools.partial(_usage, command, command.get_usage)
    for parameter in command.params:
        if said := getattr(parameter, "help", None):
            parameter.help = _of_option(said)
    if language.current() == language.JA:
        command.help = COMMANDS.get(path or "kokuho", command.help)
        command.epilog = EPILOG if command.epilog else None
        command.rich_help_panel = PANELS.get(command.rich_help_panel, command.rich_help_panel)
    for name, inner in getattr(command, "commands", {}).items():
        _translated(inner, f"{path} {name}".strip())


def _of_option(said: str) -> str:
    """Return the help of an option in the language in force, "[default: ...]" kept from being taken for a style."""
    told = OPTIONS.get(said, said) if language.current() == language.JA else said
    return re.sub(r"(?<!\\)\[(default|既定値):", r"\\[\1:", told)


def _usage(command: Part, told: Callable[[Part], str], context: Part) -> str:
    """Return the first line of a help; what typer puts around the rest follows the language from here on."""
    at = 0 if language.current() == language.JA else 1
    if rich := sys.modules.get("typer.rich_utils"):
        for name, pair in _TITLES.items():
            setattr(rich, name, pair[at])
        if not hasattr(rich.highlighter, "folds"):
            rich.highlighter = _folding(rich.highlighter)  # type: ignore[attr-defined]
    text = told(context)
    if language.current() == language.JA:
        if (asked := command.get_help_option(context)) is not None:
            asked.help = _of_option(asked.help)
        for english, japanese in _USAGE:
            text = text.replace(english, japanese)
    return text


def _folding(highlight: Callable[[Part], Part]) -> Callable[[Part], Part]:
    """Return a highlighter after which text goes on in the next line: Japanese has no spaces, and would be cut off."""

    def folded(text: Part) -> Part:
        shown = highlight(text)
        if hasattr(shown, "overflow"):
            shown.overflow = "fold"
        return shown

    folded.folds = True  # type: ignore[attr-defined]
    return folded


@contextmanager
def mistakes() -> Iterator[None]:
    """Tell a mistake in the use of a command in Japanese, where that is the language; in English typer tells it."""
    try:
        yield
    except Exception as error:
        if language.current() == language.JA and hasattr(error, "format_message"):
            if type(error).__name__ == "NoArgsIsHelpError":
                raise
            context = getattr(error, "ctx", None)
            asked = f"（使い方は {context.command_path} --help）" if context is not None else ""
            raise InputError(f"{told(error.format_message())}{asked}") from error
        raise


def told(message: str) -> str:
    """Return what click says of a mistake in Japanese; as it stands where it is none we know."""
    for pattern, japanese in _MISTAKES:
        if found := re.fullmatch(pattern, message.strip(), re.DOTALL):
            parts = [part or "" for part in found.groups()]
            if pattern.startswith("Invalid"):
                parts[-1] = _value(parts[-1])
            else:
                parts[1:] = [f"近いもの：{part}。" if part else "" for part in parts[1:]]
            return japanese.format(*parts)
    return message


def _value(text: str) -> str:
    """Return what is wrong with a value."""
    for pattern, japanese in _VALUES:
        if found := re.fullmatch(pattern, text.strip(), re.DOTALL):
            return japanese.format(*found.groups())
    return text
