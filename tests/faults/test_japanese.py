# ruff: noqa: E501 - a row is a mistake and what is told of it
"""Mistakes of an official at the terminal, told in Japanese: what is wrong, where, what is allowed, what to do."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from sim.cli import main
from sim.core.errors import InputError
from sim.scenario.scenario import parse_scenario
from sim.ui.troubles import trouble

HEAD = "name: trial\nextends: baseline\n"
FAMILY = "municipality: 新宿区\nyear: R8\nmembers:\n  - {name: 太郎, head: true, born: 1975-06-03"


@pytest.fixture(autouse=True)
def _japanese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KOKUHO_LANG", "ja")
    (tmp_path / "results").mkdir()


def _told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("policy:\n  rates.alhpa: 0.5\n", "4行目3字目：policy.rates.alhpa：パラメータ「rates.alhpa」はありません。「rates.alpha」の誤りではありませんか。"),
        ("policy:\n  rates.alpha: {R9: 5}\n", "policy.rates.alpha.R9：「5」は範囲外です。指定できる範囲：0～1 係数。百分率は 5% と書いてください。"),
        ("law:\n  levy.cap_medical: abc\n", "law.levy.cap_medical：「abc」は数として読めません。例：670,000円、67万円、+1,000円、+10%［単位：円/世帯/年、指定できる範囲：0～2,000,000］"),
        ("policy:\n  payment.account_transfer_share: {新宿く: 50%}\n", "「新宿く」は年度としても東京都の市区町村としても読めません。「新宿区」の誤りではありませんか。"),
        ("policy:\n  payment.account_transfer_share: {R9–R11: 50%}\n", "最初の年度だけを書いてください。その値は、次に書かれた年度の前年度まで続きます。"),
        ("law:\n  levy.cap_medical: {R8: 650,000円}\n", "金額はカンマを付けずに書くか（650000）、引用符で囲んでください（'650,000円'）"),
        ("polcy: 3\n", "3行目1字目：キー「polcy」はありません。「policy」の誤りではありませんか。ここで使えるキー：name, extends"),
        ("rates.alpha: 0.5\n", "キー「rates.alpha」はありません。パラメータなので「policy:」の下に、半角スペース2個で字下げして書いてください。"),
        ("seed: 1.5\n", "seed：「1.5」は 0 以上の整数ではありません（任意の整数。実行の乱数を決めます）"),
        ("seed: 1\nseed: 2\n", "4行目1字目：「seed」が2回書かれています（1回目は3行目）。どちらか一方を残してください。"),
        ("horizon: {from: R5}\n", "horizon.from：実行は、モデルの人口がある R4年度（2022年度）から始まります。この行を削除するか、R4 と書いてください。"),
        ("horizon: {to: R99}\n", "horizon.to：R99 はモデルの年度（R4～R17、2022～2035）の範囲外です。"),
        ("policy:\n\trates.alpha: 0.5\n", "4行目1字目：行頭にタブがあります。字下げには半角スペースを使ってください。"),
        ("policy: {rates.alpha: 0.5\n", "YAMLとして読めません：3行目で開いたかっこ { が } で閉じられていないか、その中のカンマが足りません。"),
        ("policy：\n  rates.alpha: 0.5\n", "全角コロン「：」があります。YAMLでは「seed: 1」のように半角コロンと半角スペースを使ってください。"),
        ("seed:1\n", "3行目5字目：コロンの後にスペースがありません。「seed: …」と書いてください。"),
        ("policy:\n  rates: {alpha: 0.5}\n", "パラメータ「rates」はありません。キー全体を1行に書いてください：「rates.alpha: …」"),
        ("rates_plan: {municipality: 新宿区, R9: {medicl: {income: 8%}}}\n", "rates_plan.R9.medicl：この区分はありません。「medical」の誤りではありませんか。区分：medical, support, care, child"),
        ("rates_plan: {municipality: 新宿区, R4: {medical: {income: 8%}}}\n", "料率を決められるのはR5年度からR17年度まで（実行はR4年度の料率から始まります）です。"),
        ("outputs:\n  tables:\n    t: {rows: people, by: [agee], measures: {n: count}}\n", "people に列「agee」はありません。「age」の誤りではありませんか。全ての列は kokuho describe people で確認できます。"),
    ],
)  # fmt: skip
def test_a_scenario(body: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("trial.yaml").write_text(HEAD + body, "utf-8")
    told = _told(capsys, "check", "trial.yaml")
    assert words in told
    assert told.startswith("trial.yaml ")
    assert len(told.splitlines()) == 1


def test_warnings_and_notes(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"{HEAD}policy:\n  rates.alpha: {{R12: 0.1}}\n  payment.account_transfer_share: 50%\n"
    Path("trial.yaml").write_text(text, "utf-8")
    assert main(["check", "trial.yaml"]) == 0
    out = capsys.readouterr()
    assert "R12年度より前には何も変わりませんが、実行は R11年度で終わります。" in out.err
    assert "payment.account_transfer_share に年度がないため、R4を含む全年度に適用されます。" in out.out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (", salary: abc}", "世帯員1人目（太郎）：salary：「abc」は数として読めません。例：3,500,000円 または 350万円"),
        (", headd: true}", "世帯員1人目（太郎）：キー「headd」はありません。「head」の誤りではありませんか。使えるキー：asset_tax, "),
        ("}\n  - {name: 花子, head: true, born: 1980-01-01}", "「head: true」の世帯員が2人います。世帯主は、被保険者かどうかにかかわらず必ず1人です"),
        ("}\n  - {name: 花子, born: 1980-02-30}", "世帯員2人目（花子）：born の「1980-02-30」は使えません。書き方：日付。例：1975-06-03、昭和50年6月3日"),
    ],
)  # fmt: skip
def test_a_family(more: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("f.yaml").write_text(f"{FAMILY}{more}\n", "utf-8")
    assert words in _told(capsys, "household", "f.yaml")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("check nosuch.yaml", "nosuch.yaml：ファイルがありません。kokuho new 名前 --from baseline でひな形を作成できます。"),
        ("run nosuch", "nosuch：このシナリオはありません。あるシナリオ："),
        ("run baseline --region tokio", "都道府県「tokio」はありません。「tokyo」の誤りではありませんか。あるもの："),
        ("run baseline --to R3", "--to：R3 はモデルの年度（R4～R17、2022～2035）の範囲外です。"),
        ("run baseline --as-of 2030-13-01", "情報基準日「2030-13-01」は日付として読めません。2024-10-31、R6.10.31、令和6年10月31日 のように書いてください。"),
        ("run baseline --out f.txt", "--out f.txt はファイルです。フォルダを指定してください。"),
        ("report nosuch", "実行「nosuch」がありません。results/ の実行のフォルダ、実行番号、完了した実行のあるシナリオのいずれでもありません。完了した実行：まだありません。kokuho run で実行できます。"),
        ("compare baseline", "比較には、基準のシナリオを先頭に、異なるシナリオが2つ以上必要です。指定：baseline"),
        ("sources no.key", "パラメータ・表「no.key」はありません。"),
        ("describe xxxx", "「xxxx」という名前のものはありません。kokuho describe --search xxxx で検索できます。"),
        ("new a/b --from baseline", "「a/b」はシナリオ名に使えません。文字・数字・_・- を使い、先頭は文字か数字とし、.yaml は付けないでください。"),
        ("rates -m 武蔵 -y R8", "東京都に市区町村「武蔵」はありません。"),
        ("rates -m 131042 -y R8", "--municipality：131042 の検査数字が誤っています。新宿区 は 13104 または 131041 です。"),
        ("levers --lever nosuch", "施策「nosuch」はありません。使える施策：account_transfer, "),
        ("calibrate --stages x", "--stages：段階「x」はありません。指定できる段階：members, "),
        ("anchor", "anchor：Excelファイルを指定してください。記入用の様式は --template FILE.xlsx -m 市区町村名 で作成できます。"),
        ("anchor --template x.txt -m 新宿区", "--template x.txt：.xlsx で終わる名前を指定してください。"),
        ("contribution nosuch", "nosuch：ファイルまたはフォルダがありません。記入用の様式は kokuho contribution --template FILE.xlsx で作成できます。"),
        ("rates-plan", "どの改定案ですか。シナリオ名またはファイルを指定してください。ひな形は kokuho rates-plan --new -m 新宿区 で作成できます。"),
        ("solve nosuch.yaml", "nosuch.yaml：ファイルがありません。探索の設定ファイルのパスを指定してください。"),
        ("runs remove nosuch", "「nosuch」は実行のフォルダでも実行番号でもありません。削除するものは直接指定してください。"),
        ("population", "kokuho population には --audit が必要です。"),
    ],
)  # fmt: skip
def test_a_command(command: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("f.txt").write_text("x", "utf-8")
    assert words in _told(capsys, *command.split())


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "results/a.csv"), 3, "results/a.csv：ディスクの空き容量がありません。空き容量を増やすか、別のディスクのフォルダを指定してください。"),
        (PermissionError(errno.EACCES, "Permission denied", "a.xlsx"), 3, "a.xlsx：アクセス権がありません。ファイルを開いているプログラムを閉じるか、書き込みのできるフォルダを指定してください（結果は --out、キャッシュは KOKUHO_CACHE）"),
        (MemoryError(), 3, "メモリが足りません。標本を小さくする（--sample 100 は100世帯に1世帯）、"),
        (KeyboardInterrupt(), 130, "中断しました。"),
    ],
)  # fmt: skip
def test_failures_outside(
    error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.scenario import scenario

    def failing(*given: object, **more: object) -> None:
        raise error

    monkeypatch.setattr(scenario, "load_scenario", failing)
    monkeypatch.setattr("sim.cli.scenarios.load_scenario", failing, raising=False)
    assert main(["check", "baseline"]) == code
    assert words in capsys.readouterr().err


def test_a_defect_keeps_its_traceback_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*given: object, **more: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sim.scenario.scenario.load_scenario", failing)
    with pytest.raises(ZeroDivisionError) as caught:
        main(["check", "baseline"])
    assert "kokuho-sim の不具合です" in caught.value.__notes__[0]


def test_the_exception_itself_stays_english(tmp_path: Path) -> None:
    """In Python and in logs a message is what was raised; the language is the door's."""
    with pytest.raises(Exception, match="unknown key 'polcy'; did you mean 'policy'"):
        parse_scenario(f"{HEAD}polcy: 3\n", Path("trial.yaml"))


def test_the_page_tells_in_its_own_language() -> None:
    found = trouble(InputError("x: 'y' is not a fiscal year; write R8, 2026 or FY2026"))
    assert found.in_words("en", None) == "x: 'y' is not a fiscal year; write R8, 2026 or FY2026"
    assert found.in_words("ja", None) == "x：「y」は年度として読めません。R8、2026、FY2026 のように書いてください。"
    outside = trouble(PermissionError(errno.EACCES, "Permission denied", "a.csv"))
    assert outside.in_words("ja", None).startswith("a.csv：アクセス権がありません。")
