"""A workspace's deployments (`pipeline/schedule.py`) as Prefect takes them.

There are two ways to run them: `policytasks schedule` serves them from one process (`to_runner_deployment`), and
`prefect deploy --all` hands them to the workers of a pool by `prefect.yaml` (`to_prefect_yaml`). Either way a
deployment has one run at a time. The next run waits until the slot is free, so that none is lost, and is skipped then
if there is nothing left to do (`duplicates.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import yaml
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import DeploymentFilter
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from config.errors import ConfigurationError
from config.models import Schedule
from pipeline.schedule import Deployment, plan_deployments

# How our deployments, and our schedules of a deployment, are recognised on a server.
TAG, SLUG = "policytasks", "order-book"
# What is ours on a server that others use too.
OURS = DeploymentFilter.model_validate({"tags": {"all_": [TAG]}})
PAGE_SIZE = 200
CONCURRENCY_LIMIT, COLLISION_STRATEGY = 1, ConcurrencyLimitStrategy.ENQUEUE
WORK_POOL, HOME_VARIABLE = "policytasks", "POLICYTASKS_HOME"
Item = TypeVar("Item")
HEADER = """\
# Made from datasets/ by `policytasks schedule --write-prefect-yaml`: change it there, not here.
# What it is for, and how a pool of workers runs it: docs/scheduling.md
"""


def to_runner_deployment(deployment: Deployment, home: Path) -> RunnerDeployment:
    """A deployment that one process serves from the folder `home`. Raises ValueError if Prefect rejects it."""
    module, _, name = deployment.function.rpartition(".")
    return RunnerDeployment.from_flow(
        getattr(import_module(module), name),
        deployment.name,
        schedules=[_to_prefect_schedule(deployment.schedule)] if deployment.schedule else [],
        concurrency_limit=ConcurrencyLimitConfig(limit=CONCURRENCY_LIMIT, collision_strategy=COLLISION_STRATEGY),
        parameters={**deployment.parameters, "home": str(home)},
        tags=[TAG],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def to_prefect_yaml(datasets: Path) -> str:
    """The text of `prefect.yaml` for a folder of datasets. Raises ConfigurationError if one of them is broken."""
    plan = plan_deployments(datasets)
    for line in plan.broken.values():
        raise ConfigurationError(line)
    document = {
        "name": "policytasks",
        # Each worker's environment says which folder has datasets/ and data/.
        "pull": [{"prefect.deployments.steps.set_working_directory": {"directory": f"{{{{ ${HOME_VARIABLE} }}}}"}}],
        "deployments": [_to_yaml_object(deployment) for deployment in plan.deployments],
    }
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def read_all(read: Callable[..., list[Item]], **options: Any) -> list[Item]:
    """All items of our deployments that a method of Prefect's client gives page by page."""
    items: list[Item] = []
    while True:
        page = read(deployment_filter=OURS, limit=PAGE_SIZE, offset=len(items), **options)
        items += page
        if len(page) < PAGE_SIZE:
            return items


def _to_prefect_schedule(schedule: Schedule) -> DeploymentScheduleCreate:
    """A schedule in Prefect's terms; it does not say whether it is active, so that a person may pause it."""
    return DeploymentScheduleCreate(slug=SLUG, schedule=CronSchedule(cron=schedule.cron, timezone=schedule.timezone))


def _to_yaml_object(deployment: Deployment) -> dict[str, Any]:
    schedule = deployment.schedule
    schedules = [{"slug": SLUG, "cron": schedule.cron, "timezone": schedule.timezone}] if schedule else []
    return {
        "name": deployment.name,
        "entrypoint": deployment.function,
        "parameters": {**deployment.parameters, "home": "."},
        "tags": [TAG],
        "schedules": schedules,
        "concurrency_limit": {"limit": CONCURRENCY_LIMIT, "collision_strategy": COLLISION_STRATEGY.value},
        "work_pool": {"name": WORK_POOL},
    }
