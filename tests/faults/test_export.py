"""Reports appear whole or not at all, page and workbook together, also when two are written at once."""

import errno
import os
import threading

import pytest

from sim import cli
from sim.core import cache, export
from sim.core.errors import InputError
from sim.reports import font, html, workbook
from tests.fake_runs import fake_run


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A folder that stands for a run; page and workbook are written by hand, the rest is the real way."""

    folder = fake_run(tmp_path).path

    def page(run, lang, png=True, brief=False):
        with export.replacing(folder / "report.html") as fresh:
            fresh.write_text("new")
        return folder / "report.html"

    def book(run, lang):
        with export.replacing(folder / "workbook.xlsx") as fresh:
            fresh.write_text("new")
        return folder / "workbook.xlsx"

    monkeypatch.setattr(html, "build", page)
    monkeypatch.setattr(workbook, "build", book)
    for name in ("report.html", "workbook.xlsx"):
        (folder / name).write_text("old")
    return folder


def refuse(name, error):
    replace = os.replace

    def refused(source, target):
        if os.path.basename(target) == name and "old" not in os.path.basename(source):
            raise OSError(error, os.strerror(error), str(source))
        replace(source, target)

    return refused


@pytest.mark.parametrize("name", ["report.html", "workbook.xlsx"])
def test_a_workbook_open_in_excel_leaves_the_old_page_and_the_old_workbook(run, monkeypatch, capsys, name):
    """The page was new, the workbook old, workbook.new stayed behind, and a traceback ended the command."""
    monkeypatch.setattr(os, "replace", refuse(name, errno.EACCES))
    assert cli.main(["report", str(run)]) == 2
    said = capsys.readouterr().err
    assert said.count(name) == 1
    assert "Excel" in said
    assert "Traceback" not in said
    monkeypatch.undo()
    assert {p.name: p.read_text() for p in run.iterdir() if p.suffix in (".html", ".xlsx")} == {
        "report.html": "old",
        "workbook.xlsx": "old",
    }
    assert len(list(run.iterdir())) == 5  # with tables, manifest and scenario


def test_both_are_new_after_a_report(run):
    assert cli.main(["report", str(run)]) == 0
    assert (run / "report.html").read_text() == (run / "workbook.xlsx").read_text() == "new"
    assert len(list(run.iterdir())) == 5  # with tables, manifest and scenario


def test_a_failure_between_page_and_workbook_leaves_the_old_ones(run, monkeypatch):
    def fails(run, lang):
        raise ValueError("half way")

    monkeypatch.setattr(workbook, "build", fails)
    with pytest.raises(ValueError, match="half way"):
        cli.main(["report", str(run)])
    assert (run / "report.html").read_text() == "old"
    assert len(list(run.iterdir())) == 5  # with tables, manifest and scenario


def test_a_full_disk_names_the_file_meant(tmp_path):
    with pytest.raises(OSError, match="No space") as told, export.replacing(tmp_path / "a.csv") as fresh:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(fresh))
    assert told.value.filename == str(tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


def test_what_xlsxwriter_wraps_is_told_as_what_it_is(tmp_path):
    from xlsxwriter.exceptions import FileCreateError

    with pytest.raises(InputError, match="Excel"), export.replacing(tmp_path / "a.xlsx"):
        raise FileCreateError(PermissionError(errno.EACCES, "Permission denied"))


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    """Two reports of one run collided on workbook.new: FileNotFoundError."""
    path, errors, gate = tmp_path / "workbook.xlsx", [], threading.Barrier(4)

    def write(text):
        try:
            for _ in range(50):
                with export.replacing(path) as fresh:
                    fresh.write_text(text)
                    if _ == 0:
                        gate.wait(10)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(str(i),)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors
    assert [p.name for p in tmp_path.iterdir()] == ["workbook.xlsx"]


def test_the_font_needs_no_cache_and_mends_a_cut_one(tmp_path, monkeypatch):
    """The font cache wrote to one fixed .new name, and a read-only or cut cache ended the report."""
    monkeypatch.setattr(cache, "root", lambda: tmp_path)
    made = font.web_font("あ")
    kept = next((tmp_path / "fonts").iterdir())
    kept.write_bytes(kept.read_bytes()[:20])
    assert font.web_font("あ") == made
    assert kept.stat().st_size > 20
    assert len(list((tmp_path / "fonts").iterdir())) == 1
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(cache, "root", lambda: blocked)
    assert font.web_font("あ") == made
