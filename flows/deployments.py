"""What runs when: the order book in, the deployments that Prefect is to know out.

One table, `KINDS`, says which flows there are, whether each is for one dataset or for all of them, and when it runs
where nobody says. `orders` makes it concrete for an order book. From its orders come both ways to run them: those that
`policytasks schedule` serves itself (`served`), and `prefect.yaml`, by which `prefect deploy --all` hands the same to
the workers of a pool (`prefect_yaml`). Either way a deployment has one run at a time; the next waits until the slot is
free, so that none is lost, and finds out then whether there is anything left to do (`turns.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import yaml
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from config.errors import ConfigurationError
from config.loader import list_dataset_ids, read_dataset
from config.models import Schedule

# What our deployments are told by on a server, and our schedules on a deployment.
TAG, SLUG = "policytasks", "order-book"
# The deployment of a flow that is for all datasets at once.
ALL_DATASETS = "all"
# One run at a time; another one waits for its turn.
CONCURRENCY_LIMIT, COLLISION_STRATEGY = 1, ConcurrencyLimitStrategy.ENQUEUE
WORK_POOL, HOME_VARIABLE = "policytasks", "POLICYTASKS_HOME"


@dataclass(frozen=True, slots=True)
class DeployedFlow:
    """A flow that can be deployed. `schedule` is the dataset's own, one for everybody, or None: when asked for."""

    function: str
    scope: Literal["dataset", "home"]
    schedule: Literal["the dataset's"] | Schedule | None = None
    is_served: bool = True


DEPLOYED_FLOWS = (
    DeployedFlow("flows.publish_dataset.publish_dataset", "dataset", "the dataset's"),
    DeployedFlow("flows.check_sources.check_sources", "dataset"),
    DeployedFlow("flows.reextract.reextract", "dataset"),
    DeployedFlow("flows.backfill.backfill", "dataset"),
    DeployedFlow("flows.verify_shelf.verify_shelf", "dataset", Schedule(cron="0 3 * * 0")),
    DeployedFlow("flows.cleanup.cleanup", "home", Schedule(cron="0 4 * * 0")),
    DeployedFlow(
        "flows.upkeep.tend_runs", "home", Schedule(cron="*/10 * * * *"), is_served=False
    ),  # `schedule` does it itself
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment as it is to be: a flow's function, the name, when it runs, and what it is given beside the home."""

    function: str
    name: str
    schedule: Schedule | None
    parameters: tuple[tuple[str, str], ...]
    is_served: bool

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other: its flow's function, and its name."""
        return self.function, self.name

    @property
    def flow_name(self) -> str:
        """The flow's name, as Prefect is told it."""
        return self.function.rpartition(".")[2].replace("_", "-")


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """All deployments of an order book, and a line for each dataset that cannot be read, by its id."""

    deployments: tuple[Deployment, ...]
    broken: dict[str, str]


def plan_deployments(datasets: Path) -> DeploymentPlan:
    """What an order book asks for. A dataset whose file is broken does not stop the others."""
    deployments: list[Deployment] = []
    broken: dict[str, str] = {}
    for dataset_id in list_dataset_ids(datasets):
        try:
            schedule = read_dataset(datasets, dataset_id).schedule
        except ConfigurationError as error:
            broken[dataset_id] = str(error)
            continue
        deployments += [
            _to_deployment(kind, dataset_id, schedule) for kind in DEPLOYED_FLOWS if kind.scope == "dataset"
        ]
    deployments += [_to_deployment(kind, ALL_DATASETS, None) for kind in DEPLOYED_FLOWS if kind.scope == "home"]
    return DeploymentPlan(tuple(deployments), broken)


def to_runner_deployment(deployment: Deployment, home: Path) -> RunnerDeployment:
    """An order as a deployment that one process serves from a folder. Raises ValueError where Prefect refuses it."""
    module, _, name = deployment.function.rpartition(".")
    flow = getattr(import_module(module), name)
    return RunnerDeployment.from_flow(
        flow,
        deployment.name,
        schedules=[_to_prefect_schedule(deployment.schedule)] if deployment.schedule else [],
        concurrency_limit=ConcurrencyLimitConfig(limit=CONCURRENCY_LIMIT, collision_strategy=COLLISION_STRATEGY),
        parameters={**dict(deployment.parameters), "home": str(home)},
        tags=[TAG],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def to_prefect_yaml(datasets: Path) -> str:
    """The text of `prefect.yaml` for an order book. Raises ConfigurationError where a dataset of it is broken."""
    plan = plan_deployments(datasets)
    for line in plan.broken.values():
        raise ConfigurationError(line)
    document = {
        "name": "policytasks",
        # Filled in where the run is: each worker's environment says in which folder it has datasets/ and data/.
        "pull": [{"prefect.deployments.steps.set_working_directory": {"directory": f"{{{{ ${HOME_VARIABLE} }}}}"}}],
        "deployments": [_to_yaml_object(order) for order in plan.deployments],
    }
    header = (
        "# Made from datasets/ by `policytasks schedule --write-prefect-yaml`: change it there, not here.\n"
        "# What it is for, and how a pool of workers runs it: docs/scheduling.md\n"
    )
    return header + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _to_deployment(kind: DeployedFlow, name: str, own_schedule: Schedule | None) -> Deployment:
    schedule = own_schedule if kind.schedule == "the dataset's" else kind.schedule
    parameters = (("dataset_id", name),) if kind.scope == "dataset" else ()
    return Deployment(kind.function, name, schedule, parameters, kind.is_served)


def _to_prefect_schedule(schedule: Schedule) -> DeploymentScheduleCreate:
    """A schedule that leaves alone whether a person paused it."""
    return DeploymentScheduleCreate(slug=SLUG, schedule=CronSchedule(cron=schedule.cron, timezone=schedule.timezone))


def _to_yaml_object(deployment: Deployment) -> dict[str, Any]:
    schedule = deployment.schedule
    schedules = [{"slug": SLUG, "cron": schedule.cron, "timezone": schedule.timezone}] if schedule else []
    return {
        "name": deployment.name,
        "entrypoint": deployment.function,
        "parameters": {**dict(deployment.parameters), "home": "."},
        "tags": [TAG],
        "schedules": schedules,
        "concurrency_limit": {"limit": CONCURRENCY_LIMIT, "collision_strategy": COLLISION_STRATEGY.value},
        "work_pool": {"name": WORK_POOL},
    }
