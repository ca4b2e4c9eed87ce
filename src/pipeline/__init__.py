"""The run of a dataset: sources in, a release and its pages out. No Prefect, no argument parsing.

What runs, in this order (`run.py`, on one page; the steps are in `steps.py`):

    configuration    the dataset's file, and whether what it refers to exists
    collecting       fetch, archive, judge, follow links; with assess/ (evidence, rules, status) and sources
    select           for each source the first capture that holds a plan; with read/ (cache, executors)
    drafting         the tables of the next version, or that nothing is new; decisions keeps the latter
    steps            publish the version, or refuse it
    captures         pages, with the evidence behind each row
    notify/          incidents and news to the dataset's channels

`dry_run` previews a run, `check` looks for changes without publishing, `backfill` publishes a history, `verify/` proves
releases, `report` and `change_line` put results into words, `progress` passes counts to whoever shows them.

Where to put a change: a new meaning of an answer is a row in `assess/rules.py`; a new step is a function in `steps.py`
and a line in `run.py`; what only Prefect needs is in `flows/`.
"""
