"""What a reader must know before using the figures."""

from __future__ import annotations

from sim.reports.words import Text

LIMITS: tuple[Text, ...] = (
    (
        "公表値のある最後の年度は項目ごとに異なり、図では網かけの前までである。その後は推計である。"
        "将来の予測ではなく、この前提が続いた場合の計算結果を示す。",
        "How far results are published differs by figure: up to the shaded years. What follows is projection: what "
        "comes if the scenario holds, not a forecast.",
    ),
    (
        "料率が公表されていない{municipalities}の数値は補完値（imputed）に基づく。根拠は kokuho sources で確認できる。",
        "A municipality without published rates rests on imputed ones. kokuho sources shows what each number rests on.",
    ),
    (
        "人・世帯は統計から合成したもので、実在の個人ではない。個票にしかない相関（所得と医療費など）は仮定による。",
        "People and households are synthetic. Correlations only individual records show (income with cost, say) "
        "are assumed.",
    ),
    (
        "「目標」は政策の目標であって実績ではない。未達も含めてそのまま示す。",
        "A goal is an aim of policy, not a fact; a goal that is missed is shown as missed.",
    ),
    (
        "年度平均と年度末の被保険者数は別の数値である。1人当たりの額は、断りがなければ年度平均による。",
        "Average and year-end membership differ; per-head figures use the yearly average unless they say otherwise.",
    ),
    (
        "納付金は前々年度の実績と見込みから年度の前に決まるため、年度の実績とは差が出る（決算剰余・不足）。",
        "Contributions are fixed before the year from forecasts, so the year ends with a surplus or a deficit.",
    ),
)
