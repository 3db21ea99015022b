"""Many runs and what they say: ensembles, comparisons, sensitivity, calibration, attribution, bills, validation.

One run is made by `sim.engine`; whatever needs several, or looks at finished ones with a question, stands here. Runs
go through `execution.execute` (processes of this machine or a Dask cluster), share their draws pair by pair, and
leave their results in the folder of results or in the cache. Nothing here draws a page: `sim.reports` does.

    ensemble, compare             repeats and paired differences, with what noise may do
    levers                        the five levers of collection and the strength of the feedback
    attribution                   a change split into its drivers, exactly
    sensitivity                   Morris, Sobol, Latin hypercube, one at a time
    calibrate, calibration        fits on runs of their own; the register's own stages
    model_households, life        bills of model households; one person's years
    membership                    the levels of members behind the stage of that name
    validation                    published figures beside simulated ones
"""
