"""What an analyst does in an afternoon, typed from end to end: run, read, range, compare, explain, draw.

python docs/examples/analysis.py            # the teaching prefecture, a few seconds
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import sim
from sim.core.errors import InputError


def worst_collection(result: sim.Result, year: int, count: int = 3) -> pd.DataFrame:
    """Return the municipalities with the lowest collection rate in a year."""
    places = result.municipalities.query(f"year == {year}")
    ranked = places.sort_values("collection_rate").head(count)
    return pd.DataFrame(ranked, columns=["code", "name", "collection_rate"])


def main(out: Path) -> None:
    result = sim.run("baseline", region="teaching", out=out, progress=False)
    years: list[int] = result.headline["year"].tolist()

    headline = result.headline.set_index("year")
    print(headline[["members_average", "collection_rate", "contribution_per_head"]].round(4))

    low = worst_collection(result, years[-1])
    print(low.to_string(index=False))

    try:
        print(result.range("collection_rate"))
    except InputError as error:  # the teaching prefecture keeps no plausible ensemble
        print(error)

    codes: list[int] = low["code"].tolist()
    chain = sim.explain(result.path, codes[0], "R8", portion="medical")
    print(chain[["symbol", "value", "unit"]].head())

    why = sim.attribute(result.folder, since=years[0], until=years[-1])
    assert sum(why.table["yen"].tolist()) == why.after - why.before
    print(why.table.to_string(index=False))

    bill = sim.household({"members": [{"born": "1980-05-10", "salary": 4_000_000, "head": True}]}, "新宿区", "R7")
    print(bill.total, "yen a year:", bill.portions)

    alpha = sim.sources("rates.alpha")
    print(alpha[["key", "value", "status", "source"]].to_string(index=False))

    runs: pd.DataFrame = sim.runs("baseline", results=out)
    again = sim.load(str(runs.loc[0, "path"]))
    assert again.digest == result.digest

    residents: list[int] = sim.person(run=result.folder)["pid"].tolist()
    print(sim.person(residents[0], run=result.folder)[["year", "age", "scheme", "bill", "paid"]])

    result.plot.collection(lang="en").savefig(out / "collection.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("results"))
