"""Plain data, as a JSON or YAML file holds it."""

from __future__ import annotations

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
