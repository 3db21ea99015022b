"""What an analyst imports: runs and their results, typed, with every function of `sim` that has no other home.

    import sim

    result = sim.run("baseline", region="teaching")     # Result: headline, tables, range, plot
    result = sim.load("baseline")                        # the best run on disk
    sim.runs()                                           # the runs there are
    sim.person(run="baseline")                           # residents; sim.person(17, run="baseline"): one life
    sim.sources("rates.alpha")                           # where a number comes from
    sim.regions()                                        # prefectures there are

The other functions stand in the rooms that know their subject (`sim.explanations`, `sim.studies`).
"""
