"""The help of every command in Japanese: what a command does by its name, an option and a panel by its English."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "kokuho": (
        "都道府県の国民健康保険を、被保険者1人ずつ計算するシミュレーション。施策が保険料、納付、納付金、"
        "保険料率に与える影響を推計する。"
    ),
    "anchor": (
        "市区町村の水準を自団体の数値に合わせ、シナリオとして書き出す。\n\nまず --template FILE.xlsx -m "
        "市区町村 で記入用のExcelファイルを作る。動かすのは当該市区町村の補完・推定・仮定の数値のみで、"
        "法令の数値と公表値は動かさない。数値は端末の外に送信しない。説明は docs/anchor.md。"
    ),
    "attribute": (
        "変化を要因別に分解する。2つの年度の間、2つの計算結果の間、またはシナリオの項目別。合計は変化の全額と一致する。"
    ),
    "backtest": (
        "R5〜R7の各10月時点で公表されていた数値だけで推計し、その後の公表値と比べる（バックテスト）。"
        "外れの大きいものから示す。\n\n計算済みの結果は再利用する。中断したときは、"
        "もう一度実行すれば続きから計算する。"
    ),
    "calibrate": (
        "推定パラメータを公表値に合わせ、適合の程度、確かさ、公表値から定まらないものを示す。\n\nFILE "
        "を与えると、その定義で計算してパラメータのファイルを書く。--stages "
        "はパラメータ台帳の値を全世帯（--sample を付けたときは標本）で推定し直す。"
        "事前に台帳を保存しておくこと。--as-of は、その情報基準日の計算が読む推定値を地域のフォルダ（vintages"
        "）に作る。--ensemble は、公表された実績に合うパラメータの組を選び、"
        "すべての計算の幅のもとにする（不確かな項目は FILE で指定できる）。--controls は、"
        "標本の計算を合わせるための全世帯の基準シナリオの総数を保存する。"
    ),
    "care": "世帯の窓口負担と高額療養費を、月別・行別に計算する。",
    "check": (
        "シナリオを検査し、誤りをファイル、行、列とともにすべて示す。"
        "\n\n許されるが意図と異なると思われるもの（効果のない行、公表済みの過去の書換え）は警告として示す。"
    ),
    "compare": "同じ乱数でシナリオを比較する。足りない計算を行い、差とその確かさを示す。",
    "contribution": (
        "任意の都道府県の納付金と標準保険料率を、その都道府県の数値から算定する。\n\nまず --template "
        "FILE.xlsx で記入用のExcelファイルを作る。算定の方法はシミュレーションと同じ。説明は "
        "docs/contribution.md。"
    ),
    "curve": "世帯の保険料を、所得0円から1,500万円までの曲線で示す。軽減の境目の段差も示す。",
    "describe": "名前の意味を示す（単位、日本語と英語の意味、値、出典）。",
    "dictionary": "列、数値、表、パラメータ、データの辞書をMarkdownで書き出す。",
    "effort": "市区町村の保険者努力支援の得点、満点、取組を強めたときの交付額を示す。",
    "explain": (
        "納付金の必要額から市区町村の保険料率までの算定を、1行ずつ示す。\n\n--since または --against "
        "を付けると、必要な賦課総額が変わった理由を項目別に示す。合計は円単位で一致する。"
    ),
    "glossary": "用語の意味を示す。用語の一部、英語、似た言葉でも探せる。",
    "household": (
        "世帯の保険料を1行ずつ計算する。複数の市区町村・年度の比較、多数の世帯の一括計算もできる。"
        "\n\n最初の行に料率の根拠（公表、前年度以前の料率の据え置き、シミュレーション、補完）を示す。"
    ),
    "levers": (
        "収納対策と保健事業の各施策を、同じ乱数で基準シナリオと比較する。収納率と保険料率の循環の影響も示す。"
        "\n\n同じ保存先にある基準シナリオの報告書には、以後、最新の結果（なければ保存された結果）の節が入る。"
    ),
    "models": "計算結果の料率によるモデル世帯の保険料を、市区町村別・年度別に示す。",
    "new": "新しいシナリオを書き出す。すべてのパラメータを、名称、単位、範囲、現在の値とともに注記として含む。",
    "person": "住民1人を年度ごとに追う（就業、加入する保険、医療、保険料、納付）。",
    "population": "合成人口を、作成に用いた数値などと照合する。許容範囲を外れるものがあれば終了コード1で終わる。",
    "prepare": "計算プログラムの準備と人口の作成をあらかじめ行い、最初の計算の待ち時間をなくす。",
    "rates": "公表されている保険料率と、その他の料率の根拠（据え置き、シミュレーション、補完）を示す。",
    "rates-plan": (
        "独自の料率（改定案）の影響を示す。モデル世帯、保険料が増える世帯と減る世帯、収納率、滞納、"
        "法定外繰入。\n\n例：kokuho rates-plan --new -m 新宿区 --write my_plan.yaml、kokuho rates-plan "
        "my_plan.yaml --sample 20"
    ),
    "region": "都道府県を追加する。`new` は記入用のフォルダを作り、`check` は誤りと補完した項目を示す。",
    "region check": "誤り（終了コード2）、欠けている数値、その補い方、質への影響を示す。",
    "region new": "記入用のフォルダを作る（見出し、各列の説明、記入例）。既存のファイルは上書きしない。",
    "regions": "地域の一覧を示す（市区町村数、被保険者数、所与の表と数値、補完した表と数値、推定の時点）。",
    "report": "計算結果の報告書（HTMLファイル、Excelファイル、図）を書き出す。複数の結果は並べて比較する。",
    "run": "シナリオを計算する。全住民、全市区町村を1年度ずつ進める。",
    "runs": "保存された計算結果の一覧、シナリオ名が指す結果の確認、固定、削除、検証を行う。",
    "runs list": "計算結果をシナリオ別に示す。各シナリオの先頭が、シナリオ名で指定したときに使われる結果。",
    "runs pin": "シナリオ名が常にこの結果を指すように固定する。固定した結果は削除できない。",
    "runs remove": "計算結果を確認のうえ削除する。固定したものは残す。フォルダまたは計算の番号で指定する。",
    "runs show": "計算結果の内容を示す（標本、乱数の種、年度、プログラムの版、表、保存時から変わっていないか）。",
    "runs unpin": "計算結果の固定を外す。",
    "runs verify": "計算結果のすべての表を保存時の記録と照合する。変わったものがあれば終了コード1で終わる。",
    "schema": "シナリオのJSON Schemaを書き出す。対応するエディタで項目名の補完と検査ができる。",
    "sensitivity": (
        "パラメータを範囲内で動かし、結果への影響の大きい順に並べる（モリス法、ソボル法、ラテン超方格法、"
        "1つずつ）。\n\n中断したときは、もう一度実行すれば続きから計算する。"
    ),
    "solve": (
        "指定した年度の数値を目標に一致させる施策の値を求め、シナリオとして書き出す。\n\n例：kokuho solve "
        "scenarios/studies/deficits_on_schedule.yaml"
    ),
    "sources": "パラメータまたは表の由来を示す（年度別の値、単位、範囲、区分、出典）。",
    "standard-rates": "計算結果の標準保険料率を示す（都道府県標準、市町村標準、各市区町村の算定基準による）。",
    "ui": "ブラウザの画面を開く。シナリオの選択、施策の条件の変更、標本での計算、ExcelとCSVの保存ができる。",
    "validate": "計算結果を公表値と照合する（公表値、推計値、差、許容幅、判定）。",
}
"""what each command does, by its name"""

EPILOG = "計算はシナリオから始める：kokuho run baseline --sample 100"

PANELS: dict[str, str] = {
    "Run": "計算",
    "Scenarios": "シナリオ",
    "Look at a run": "計算結果を見る",
    "Compare and study": "比較・分析",
    "Any prefecture's own figures": "自団体の数値による算定",
    "Bills of households": "世帯の保険料",
    "Register and population": "パラメータ台帳・人口・用語",
}
"""groups of commands (`sim.cli.app.PANELS`)"""

OPTIONS: dict[str, str] = {
    "of a group: whose rates and model households are printed [default: its first]": (
        "グループの改定案で、料率とモデル世帯を表示する構成市区町村 [既定値: 最初の市区町村]"
    ),
    "scenarios of the page run in a 1/N sample: 400, 100, 20 or 1 (everybody)": (
        "画面でのシナリオの計算に用いる1/N標本：400、100、20、1（全世帯）"
    ),
    # every command
    "Show this message and exit.": "この説明を表示して終わる",
    "Print the version and stop.": "版を表示して終わる",
    "language of all that is printed and written [default: that of the locale; files in Japanese]": (
        "表示と書き出しの言語 [既定値: 表示は端末の設定、ファイルは日本語]"
    ),
    "region by name (kokuho regions) or path of its folder; of `run` several, joined by commas "
    "[default: the scenario's]": (
        "地域の名前（kokuho regions）またはフォルダ。run では複数をコンマで並べられる [既定値: シナリオの地域]"
    ),
    "language of the report, or both": "報告書の言語（both は両方） [既定値: 日本語]",
    # shared by many
    "1 = the full population, 100 = one household in a hundred": "1は全世帯、100は100世帯に1世帯の標本",
    "2024-10-31; may be given several times; every date of the study if not given": (
        "情報基準日（例 2024-10-31）。複数回指定できる。省略すると定義にあるすべての日"
    ),
    "Dask scheduler instead, tcp://host:port": "代わりに使うDaskスケジューラ（tcp://host:port）",
    "fiscal year [default: the last]": "年度 [既定値: 最後の年度]",
    "fiscal year: R8, 2026 or FY2026": "年度（R8、2026、FY2026）",
    "folder of all results": "結果の保存先",
    "folder of all runs": "計算結果の保存先",
    "folder of all runs [default: results]": "計算結果の保存先 [既定値: results]",
    "folder of results": "結果の保存先",
    "information date 2024-10-31 or R6.10.31: facts published later are unknown [default: all known]": (
        "情報基準日（2024-10-31 または R6.10.31）。それより後に公表された数値を使わない [既定値: すべて使う]"
    ),
    "last fiscal year": "最後の年度",
    "last fiscal year, for example R11": "最後の年度（例 R11）",
    "name in Japanese or Romaji, or code": "市区町村名（日本語またはローマ字）またはコード",
    "name in scenarios/ or path of a file": "scenarios/ にあるシナリオ名またはファイル",
    "names or files": "シナリオ名またはファイル",
    "names or files, the base first": "シナリオ名またはファイル。最初のものを基準とする",
    "of a sample: tell institutions what the full baseline counts": (
        "標本のとき、市町村と都道府県の総数を全世帯の基準シナリオに合わせる"
    ),
    "processes on this machine [default: one per core]": "並行して計算する数 [既定値: コア数]",
    "run folder, run id or scenario; else a new run": (
        "計算結果のフォルダ、番号またはシナリオ名。省略すると新たに計算する"
    ),
    "run folder, run id or scenario; with --levers a scenario": (
        "計算結果のフォルダ、番号またはシナリオ名。--levers ではシナリオ名"
    ),
    "run folder, run id, or scenario for its best run": "計算結果のフォルダ、番号、またはシナリオ名",
    "run folder, run id, or scenario for its best run (kokuho runs)": (
        "計算結果のフォルダ、番号、またはシナリオ名（kokuho runs で一覧）"
    ),
    "run folders or run ids (kokuho runs list)": "計算結果のフォルダまたは番号（kokuho runs list で一覧）",
    "run folders, run ids or scenarios": "計算結果のフォルダ、番号またはシナリオ名",
    "run folders, run ids or scenarios; all runs if none": (
        "計算結果のフォルダ、番号またはシナリオ名。省略するとすべての計算結果"
    ),
    "run folders, run ids or scenarios; several are compared; or a comparison: its folder, or base+other": (
        "計算結果のフォルダ、番号またはシナリオ名。複数なら比較する。比較結果のフォルダまたは「基準+比較」も可"
    ),
    "run folders, run ids or scenarios; the first is the base": (
        "計算結果のフォルダ、番号またはシナリオ名。最初のものを基準とする"
    ),
    "run whose rates are used where none are published": "公表された料率がないときに料率を使う計算結果",
    "run whose rates are used where none are published (kokuho runs)": (
        "公表された料率がないときに料率を使う計算結果（kokuho runs で一覧）"
    ),
    "table or json": "表（table）またはJSON",
    "write the page and the workbook": "報告書とExcelファイルを書き出す",
    "YAML file of one family": "世帯のYAMLファイル",
    # anchor
    "folder of the scenario, or its path": "シナリオの保存先のフォルダまたはファイル",
    "of the template: name in Japanese or Romaji, or code": (
        "記入用ファイルの市区町村名（日本語またはローマ字）またはコード"
    ),
    "scenario whose level is moved": "水準を合わせるシナリオ",
    "workbook of --template, filled in": "--template で作り記入したExcelファイル",
    "write a workbook to fill in, with -m MUNICIPALITY": "記入用のExcelファイルを書き出す（-m 市区町村 とともに指定）",
    # attribute
    "another run, to split the difference in the year --to": "--to の年度の差を分解する相手の計算結果",
    "contribution (納付金) or levy (必要な賦課総額)": "contribution（納付金）または levy（必要な賦課総額）",
    "else the whole": "市区町村 [既定値: 全体]",
    "file for the waterfall, .svg or .png": "要因別の図のファイル（.svg または .png）",
    "fiscal year it ends in": "変化の終わりの年度",
    "fiscal year the change starts from": "変化の始まりの年度",
    "headline figure of --levers": "--levers で分解する指標",
    "split a scenario's effect over its keys by re-running": "シナリオの効果を、計算し直して項目別に分解する",
    # backtest
    "file of the study, if not scenarios/studies/backtest.yaml": (
        "分析の定義ファイル [既定値: scenarios/studies/backtest.yaml]"
    ),
    "let the reports of runs say what came of it": "以後の報告書にこの結果を載せる",
    "of the run that gives the level; 1 = the full population": "水準を求める計算の標本（1は全世帯）",
    "of those runs, one household in N": "幅を求める計算の標本（N世帯に1世帯）",
    "runs that give the 90 % interval; 0 leaves it out": "90％区間を求める計算の回数。0で省略する",
    "write the page here as well, docs/backtest.md": "説明のページも書き出す（docs/backtest.md）",
    # calibrate
    "draw the parameter sets that meet the published results": "公表された実績に合うパラメータの組を選ぶ",
    "file for the passports of what was fitted": "推定した値を書き出すファイル",
    "fit the register itself in place: members,care,cost,rates,payment,payment_year,profits,institutions": (
        "台帳の値を推定し直す段階：members,care,cost,rates,payment,payment_year,profits,institutions"
    ),
    "keep the facts of the full baseline, by which samples are told": (
        "標本を合わせるための全世帯の基準シナリオの総数を保存する"
    ),
    "make the fits of an information date, 2024-10-31, from what was public by then, and keep them": (
        "情報基準日（例 2024-10-31）までに公表された数値で推定し、保存する"
    ),
    "with --ensemble: give all runs of the region its ranges": "--ensemble とともに：地域のすべての計算の幅に用いる",
    "with --ensemble: take the sets the region keeps; only the model's error is new": (
        "--ensemble とともに：保存済みの組を使い、モデルの誤差だけを求め直す"
    ),
    "write the page: docs/ranges.md, docs/samples.md": "説明のページを書き出す（docs/ranges.md、docs/samples.md）",
    "YAML file: parameters and targets": "パラメータと目標を定めたYAMLファイル",
    # care
    "write the lines to this .csv or .xlsx file, the months to a .json file": (
        "計算の各行を .csv または .xlsx に、月別の結果を .json に書き出す"
    ),
    "YAML file with members, class and receipts; docs/care.yaml is one": (
        "世帯員、所得区分、レセプトを記したYAMLファイル（例 docs/care.yaml）"
    ),
    # check, new, schema
    "file to write [default: print]": "書き出すファイル [既定値: 画面に表示]",
    "name of the new scenario, letters, digits, _ and -": "新しいシナリオの名前（文字、数字、_ と -）",
    "print mistakes only": "誤りだけを表示する",
    "scenario to start from": "もとにするシナリオ",
    "where to write it": "保存先のフォルダ",
    # compare
    "ranges of the differences: some thirty small runs of each scenario": (
        "差の幅を求める（各シナリオにつき小さい標本で30回程度計算する）"
    ),
    "runs of each scenario, each pair with another seed": "各シナリオの計算回数。回ごとに乱数を変える",
    "seed of all scenarios; their own if not given": "全シナリオに共通の乱数の種 [既定値: シナリオの値]",
    "show groups of households as well: 'income class', 'age of head', method, ...": (
        "世帯の区分別も示す（'income class' 所得階層、'age of head' 世帯主の年齢、method 納付方法など）"
    ),
    "show this municipality as well: its name or code": "この市区町村の数値も示す（名前またはコード）",
    "year shown [default: the last]": "示す年度 [既定値: 最後の年度]",
    # contribution
    "print every step B -> C -> c -> d -> e -> E, with formula": "算定の各段階（B→C→c→d→e→E）を算式とともに示す",
    "steps of this one only, named as in the inputs": "この市区町村の段階だけを示す（入力にある名前）",
    "workbook (sheets 都道府県, 市区町村), YAML file, or folder with two CSVs": (
        "Excelファイル（都道府県、市区町村のシート）、YAMLファイル、または2つのCSVを入れたフォルダ"
    ),
    "write .xlsx (with live formulas), .csv (steps) or .json (everything)": (
        "結果を書き出す：.xlsx（計算式入り）、.csv（各段階）、.json（すべて）"
    ),
    "write a workbook to fill in, with an example that works": "記入用のExcelファイルを、動く記入例とともに書き出す",
    # curve
    "compare with its law of the levy, and the rates of its best run on disk": (
        "このシナリオの賦課の規定と計算結果の料率による曲線と比べる"
    ),
    "fiscal year, or several: R7,R8": "年度。複数も可：R7,R8",
    "花子:salary; or the head's salary, business, pension, other [default: as in the file]": (
        "動かす所得：花子:salary のように世帯員と種類（salary 給与、business 事業、pension 年金、other その他）。"
        "種類だけなら世帯主 [既定値: ファイルのとおり]"
    ),
    "or several to compare: 新宿区,八王子市": "市区町村。複数を比べるとき：新宿区,八王子市",
    "write .svg, .png, .html (page), .csv or .xlsx; also several times": (
        "書き出すファイル（.svg、.png、.html、.csv、.xlsx）。複数回指定できる"
    ),
    # describe, dictionary, sources, glossary
    "a column, fact, table, parameter, domain, scenario or step; people, households": (
        "列、数値、表、パラメータ、分野、シナリオ、処理の名前。people、households も可"
    ),
    "a key (rates.alpha), a domain (rates) or a table; all if left out": (
        "パラメータ（rates.alpha）、分野（rates）または表の名前。省略するとすべて"
    ),
    "where the pages are written": "ページの保存先",
    "words in name or meaning, Japanese or English": "名前または意味に含まれる言葉（日本語または英語）",
    "a term or a part of it, in either language [default: all]": "用語またはその一部（日本語・英語） [既定値: すべて]",
    # effort
    "write the indicators to this .csv, .xlsx or .parquet file as well": "指標を .csv、.xlsx、.parquet にも書き出す",
    # explain
    "medical, support, care or child; all if left out": (
        "区分：medical（医療分）、support（支援金分）、care（介護分）、child（子ども分）。省略するとすべて"
    ),
    "why it changed since this fiscal year, for example R7": "この年度（例 R7）からの変化の理由",
    "why it differs from this run (folder, id or scenario)": (
        "この計算結果との差の理由（フォルダ、番号またはシナリオ名）"
    ),
    "write the sheet to this .xlsx file as well": "算定表を .xlsx ファイルにも書き出す",
    # household
    "by portion and part as on the notice": "通知書と同じく区分別・内訳別に示す",
    "fiscal year, or several, R7,R8; else as in the file": "年度。複数も可（R7,R8）。省略するとファイルのとおり",
    "or several, 新宿区,八王子市; else as in the file": (
        "市区町村。複数も可（新宿区,八王子市）。省略するとファイルのとおり"
    ),
    "write the results to this .csv, .xlsx or .json file": "結果を .csv、.xlsx、.json に書き出す",
    "YAML file of one family; CSV or Excel file with one row a person": (
        "1世帯のYAMLファイル、または1人1行のCSV・Excelファイル"
    ),
    # levers
    "how often, each time with another seed": "計算の回数。回ごとに乱数を変える",
    "let the reports of all runs of the region show it": "地域のすべての計算の報告書にこの結果を載せる",
    "print nothing but the path of the study": "結果の保存先だけを表示する",
    "scenario of one lever; all if none": "施策1つのシナリオ。省略するとすべての施策",
    "seed of the first replicate": "1回目の計算の乱数の種",
    "vary the assumed effect sizes as well": "仮定した効果の大きさも動かす",
    # models
    "bills here by year; else their spread over all": "この市区町村の年度別の保険料。省略すると全市区町村での分布",
    "write all bills to this .csv, .xlsx or .parquet file": "すべての保険料を .csv、.xlsx、.parquet に書き出す",
    "write the shipped households to this file, to edit": "付属のモデル世帯を、編集できるようこのファイルに書き出す",
    "year of the spread [default: the last]": "分布の年度 [既定値: 最後の年度]",
    "your own households [default: those that ship]": "独自のモデル世帯のファイル [既定値: 付属のもの]",
    # person, population
    "compare the population with the register and surveys": "人口を台帳・統計調査と照合する",
    "id of a resident; without it some are listed": "住民の番号。省略すると何人かを一覧にする",
    "list residents of this one": "この市区町村の住民を一覧にする",
    "run folder, run id or scenario whose run is lived again": "再現する計算結果のフォルダ、番号またはシナリオ名",
    "scenario, if no run is given": "計算結果を指定しないときのシナリオ",
    # rates
    "its rates; else how many rest on what": "この市区町村の料率。省略すると根拠別の市区町村数",
    "one fiscal year [default: R4 to R11]": "年度 [既定値: R4〜R11]",
    "write all rates to this .csv, .xlsx or .parquet file": "すべての料率を .csv、.xlsx、.parquet に書き出す",
    # rates-plan
    "file of the plan found, or of --new [default: printed]": (
        "求めた改定案または --new の保存先のファイル [既定値: 画面に表示]"
    ),
    "find rates for a levied total: 380億円, or by year R9=380億,R10=390億": (
        "賦課総額に見合う料率を求める：380億円、年度別なら R9=380億,R10=390億"
    ),
    "find rates that end the transfer against the deficit by a year, R11": (
        "この年度（例 R11）までに決算補填等目的の法定外繰入を解消する料率を求める"
    ),
    "find rates that leave the bill of a model household as it is": "このモデル世帯の保険料を変えない料率を求める",
    "name or code, or a group with one rate [default: the plan's]": (
        "市区町村の名前またはコード、同一料率のグループ [既定値: 改定案のとおり]"
    ),
    "pairs of runs, each with draws of its own": "同じ乱数による比較の回数。回ごとに乱数を変える",
    "print a plan to edit, filled with the rates expected": "見込みの料率を記入した改定案を、編集できるよう表示する",
    "ranges of the effects: some thirty small runs of each scenario": (
        "影響の幅を求める（各シナリオにつき小さい標本で30回程度計算する）"
    ),
    "scenario without the plan [default: what the plan extends]": (
        "改定案のないシナリオ [既定値: 改定案のもとのシナリオ]"
    ),
    "scenarios with a block rates_plan, names or files": "rates_plan の欄があるシナリオの名前またはファイル",
    "what bills rise or fall against: base (expected without the plan) or current (現行)": (
        "保険料の増減を何と比べるか：base（改定しない場合の見込み）または current（現行）"
    ),
    "write all tables to this .xlsx file": "すべての表を .xlsx ファイルに書き出す",
    "year of the bills [default: the plan's first]": "保険料の年度 [既定値: 改定案の最初の年度]",
    "yen a year from which a bill has risen or fallen": "保険料が増えた、減ったとみなす年額（円）",
    "your own model households (kokuho models --copy)": "独自のモデル世帯のファイル（kokuho models --copy で作成）",
    # region
    "code of the prefecture times 1000: 14000": "都道府県コードの1000倍（例 14000）",
    "folder to make, in the working folder or by its path": "作るフォルダの名前またはパス",
    "list every number with a default too": "既定値のある数値もすべて示す",
    "name (kokuho regions) or path of a folder": "地域の名前（kokuho regions）またはフォルダ",
    # report
    "folder of a comparison [default: a new one in results/studies/comparison]": (
        "比較の保存先 [既定値: results/studies/comparison の新しいフォルダ]"
    ),
    "keep the figures as PNG besides SVG": "図をSVGのほかPNGでも保存する",
    "show ranges of the figures": "推計値の幅を示す",
    "write the Excel workbook as well": "Excelファイルも書き出す",
    # run
    "file of tables and unit records to leave, beside the scenario's (docs/outputs.md)": (
        "シナリオの指定に加えて残す集計表と個票を定めたファイル（docs/outputs.md）"
    ),
    "first fiscal year, R4": "最初の年度（R4）",
    "go on with an interrupted run": "中断した計算を続きから行う",
    "lever an installed package brings, by name; may be given several times": (
        "インストールしたパッケージの施策の名前。複数回指定できる"
    ),
    "print nothing but the path of the run": "計算結果の保存先だけを表示する",
    "seed of the run; the scenario's if not given": "乱数の種 [既定値: シナリオの値]",
    "show the ranges of the plausible ensemble": "公表された実績に合うパラメータの組による推計の幅を示す",
    "stop earlier, once noise blurs the mean by less than this share": (
        "偶然の変動による平均の誤差がこの割合を下回れば、早めに終わる"
    ),
    "threads; the result does not depend on it": "並行処理の数。結果は変わらない",
    "write the page of first figures too": "主な図のページも書き出す",
    # runs
    "do not ask": "確認せずに行う",
    "only the runs of this scenario": "このシナリオの計算結果だけ",
    # sensitivity, solve
    "list the parameters that can vary, with ranges": "動かせるパラメータと範囲を一覧にする",
    "sample of the last look at what was found, 1 = the full population": "最後に確かめる計算の標本（1は全世帯）",
    "Sobol and Morris over the parameter sets the region keeps": "保存済みのパラメータの組によるソボル法とモリス法",
    "with --ensemble: renew the page, docs/sensitivity.md": (
        "--ensemble とともに：説明のページ（docs/sensitivity.md）を更新する"
    ),
    "YAML file of the study": "分析の定義を記したYAMLファイル",
    "YAML file: goals, each with levers and ranges": "目標と、それぞれの施策・範囲を記したYAMLファイル",
    # standard-rates
    "one municipality; else all of them": "市区町村。省略するとすべて",
    "write them to this .csv, .xlsx, .parquet or .md file; .md as a page": (
        "結果を .csv、.xlsx、.parquet、.md に書き出す（.md は説明のページ）"
    ),
    # ui
    "open the browser": "ブラウザを開く",
    "port on this machine": "この端末のポート番号",
    "within a container: listen for the port the machine forwards to it": (
        "コンテナの中で：端末から転送されるポートで待ち受ける"
    ),
    # validate
    "write a page of a run's rows, docs/validation.md": "照合の結果をページに書き出す（docs/validation.md）",
}
"""what options and arguments say, by their English"""
