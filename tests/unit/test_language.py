"""Which language is in force?"""

import threading

import pytest

from sim.core import language


@pytest.mark.parametrize(
    ("wish", "locale", "terminal", "files"),
    [
        (None, {"LANG": "C.UTF-8"}, "en", "ja"),
        (None, {}, "en", "ja"),
        (None, {"LANG": "ja_JP.UTF-8"}, "ja", "ja"),
        (None, {"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en", "ja"),
        (None, {"LANG": "C", "LC_MESSAGES": "ja_JP"}, "ja", "ja"),
        (None, {"LANG": "de_DE.UTF-8"}, "en", "ja"),
        ("en", {"LANG": "ja_JP.UTF-8"}, "en", "en"),
        ("ja", {"LANG": "C"}, "ja", "ja"),
        ("ja_JP", {}, "ja", "ja"),
        ("fr", {"LANG": "ja_JP.UTF-8"}, "ja", "ja"),
        ("", {"LANG": "ja_JP.UTF-8"}, "ja", "ja"),
    ],
)
def test_a_wish_rules_all_and_without_one_the_terminal_follows_the_locale(monkeypatch, wish, locale, terminal, files):
    for name in ("KOKUHO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**locale, **({} if wish is None else {"KOKUHO_LANG": wish})}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", "linux")
    assert (language.current(), language.written()) == (terminal, files)


def test_windows_is_asked_where_no_locale_is_set(monkeypatch):
    for name in ("KOKUHO_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(language, "_of_windows", lambda: "ja")
    assert language.current() == "ja"
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert language.current() == "en"


def test_a_language_chosen_for_a_command_ends_with_it():
    before = language.current()
    with language.kept():
        language.choose("ja")
        assert language.current() == language.written() == "ja"
    assert language.current() == before


def test_two_readers_of_one_process_are_each_told_in_their_own_language():
    heard: dict[str, str] = {}

    def reader(lang: language.Lang) -> None:
        with language.speaking(lang):
            barrier.wait()
            heard[lang] = language.either("こんにちは", "hello")

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=reader, args=(lang,)) for lang in ("ja", "en")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {"ja": "こんにちは", "en": "hello"}
