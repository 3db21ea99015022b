"""Docstrings as this project writes them, made Markdown for the site: lists of parameters, examples.

A line "name  meaning" (two spaces or more) is an item of a list, with what is indented below it; lines with >>> and
what they print are a block of code.
"""

from __future__ import annotations

import re

import griffe

_ITEM = re.compile(r"^([\w*][\w, *]*?)\s{2,}(\S.*)$")


class Docstrings(griffe.Extension):
    """Rewrites every docstring that is shown."""

    def on_instance(self, *, obj, **kwargs) -> None:
        """Called by Griffe for every object."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """Return a docstring in Markdown."""
    out: list[str] = []
    state = ""
    for line in text.splitlines():
        if state == "code" and line.strip():
            out.append(line)
            continue
        if state == "code":
            out.append("```")
            state = ""
        item = _ITEM.match(line)
        if line.startswith(">>> "):
            out += ["", "```pycon", line]
            state = "code"
        elif item:
            out += [""] if state != "list" else []
            out.append(f"- `{item[1].strip()}` {item[2]}")
            state = "list"
        elif state == "list" and line.startswith(" "):
            out.append(f"  {line.strip()}")
        else:
            out += [""] if state == "list" and line.strip() else []
            out.append(line)
            state = ""
    return "\n".join([*out, "```"] if state == "code" else out)
