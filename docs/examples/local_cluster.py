"""A cluster on this machine, and a study on it: the same bits as without one.

Run it with the extra `cluster` installed:  python docs/examples/local_cluster.py
"""

from __future__ import annotations

from distributed import LocalCluster

import sim
from sim.parameters import regions


def main() -> None:
    """Compare two scenarios on a cluster of two workers and on this machine; say whether both agree."""
    asked = {"sample": 20, "replicates": 2, "last": 2024, "progress": False}
    with (
        regions.using("teaching"),
        LocalCluster(n_workers=2, threads_per_worker=1, memory_limit=0, dashboard_address=None) as cluster,
    ):
        far = sim.compare(["baseline", "collection_drive"], scheduler=cluster.scheduler_address, out="far", **asked)
        near = sim.compare(["baseline", "collection_drive"], jobs=1, out="near", **asked)
    rate = far.year.query("measure == 'collection_rate'")
    print(rate[["year", "value_base", "difference"]].round(4).to_string(index=False))
    print("the same without a cluster:", far.year.equals(near.year))


if __name__ == "__main__":
    main()
