"""The tile map: what is coloured, grey and ranked; names that can be read on a telephone as well."""

from __future__ import annotations

import pandas as pd
import pytest

pytest.importorskip("nicegui", reason="the extra 'ui' is not installed")

from matplotlib.colors import to_hex

from sim.parameters import Parameters
from sim.reports.collection_figures import NO_VALUE
from sim.ui.tilemap import WORDS, Shown, halves, short

NAMES = {code: names[0] for code, names in Parameters.load().places().items()}


def rows(values: dict[int, float | None], small: tuple[int, ...] = (), **columns: float) -> pd.DataFrame:
    table = pd.DataFrame({"code": [*values], "value": [*values.values()], "name": [NAMES[c] for c in values]})
    return table.assign(small=table["code"].isin(small), **columns)


def test_words_have_both_languages() -> None:
    assert all(ja and en for ja, en in WORDS.values())


def test_small_municipalities_are_left_out_of_the_scale_where_nobody_says_how_sure_they_are() -> None:
    seen = Shown(rows({13101: 0.9, 13104: 0.8, 13421: 0.1}, small=(13421,)), "share", "t")
    assert (seen.norm.vmin, seen.norm.vmax) == (0.8, 0.9)
    assert seen.face(13421) == NO_VALUE
    assert seen.face(13101) != seen.face(13104)


def test_a_municipality_without_a_value_or_too_unsure_is_grey_and_stays() -> None:
    seen = Shown(rows({13101: 0.9, 13402: None}, rate_half=0.01), "share", "t")
    assert seen.face(13402) == NO_VALUE
    unsure = Shown(rows({13101: 0.9, 13402: 0.4}).assign(rate_half=[0.01, 0.2]), "share", "t")
    assert unsure.face(13402) == NO_VALUE
    assert unsure.norm.vmin == 0.9


def test_colours_are_those_of_the_report_and_differences_have_zero_in_the_middle() -> None:
    import matplotlib

    level = Shown(rows({13101: 0.9, 13104: 0.8}), "share", "t")
    assert to_hex(level.face(13104)) == to_hex(matplotlib.colormaps["cividis"](0.0))
    gap = Shown(rows({13101: 0.02, 13104: -0.01}), "share", "t", balanced=True)
    assert (gap.norm.vmin, gap.norm.vmax) == (-0.02, 0.02)
    assert to_hex(gap.face(13101)) == to_hex(matplotlib.colormaps["PuOr_r"](1.0))


def test_ranks_are_among_municipalities_of_the_same_kind() -> None:
    t = Shown(rows({13101: 0.9, 13104: 0.95, 13201: 0.8, 13202: 0.8, 13303: 0.99, 13307: 0.5}), "share", "t").table
    assert t["rank"].to_dict() == {13101: 2, 13104: 1, 13201: 1, 13202: 1, 13303: 1, 13307: 2}
    assert t["counted"].tolist() == [2] * 6


def test_short_names_fit_in_two_lines_of_two_letters() -> None:
    assert all(len(short(name)) <= 4 for name in NAMES.values())
    assert len({short(name) for name in NAMES.values()}) == len(NAMES)
    assert halves("武蔵村山") == "武蔵\u200b村山"
    assert halves("Chiyoda") == "Chiyoda"
