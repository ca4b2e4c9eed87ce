"""The Prefect flows and their deployments. They say where and how `pipeline/` runs; nothing else imports Prefect.

    execution       how every flow runs: its steps as tasks, then its state, artifacts and events
    duplicates      skips a scheduled run if another run does its work
    cluster         a Dask cluster for the batches of a run
    artifacts, errors   what Prefect's interface and log show
    deployments     the deployments of `pipeline/schedule.py` as Prefect takes them
    serving         one process that serves all deployments; `local_server` is its server
    command_line    what `policytasks publish` and `policytasks schedule` call

Every other module is a flow: `publish_dataset`, `check_sources`, `reextract`, `backfill` and `verify_shelf` for a
dataset, `cleanup` (removes old runs) and `upkeep` (recovers crashed and missed runs) for the workspace.
"""
