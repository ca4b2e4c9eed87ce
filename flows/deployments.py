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
ALL = "all"
# One run at a time; another one waits for its turn.
LIMIT, COLLISION = 1, ConcurrencyLimitStrategy.ENQUEUE
POOL, HOME = "policytasks", "POLICYTASKS_HOME"


@dataclass(frozen=True, slots=True)
class Kind:
    """A flow that can be deployed. `schedule` is the dataset's own, one for everybody, or None: when asked for."""

    function: str
    of: Literal["dataset", "home"]
    schedule: Literal["the dataset's"] | Schedule | None = None
    served: bool = True


KINDS = (
    Kind("flows.publish_dataset.publish_dataset", "dataset", "the dataset's"),
    Kind("flows.check_sources.check_sources", "dataset"),
    Kind("flows.reextract.reextract", "dataset"),
    Kind("flows.backfill.backfill", "dataset"),
    Kind("flows.verify_shelf.verify_shelf", "dataset", Schedule(cron="0 3 * * 0")),
    Kind("flows.cleanup.cleanup", "home", Schedule(cron="0 4 * * 0")),
    Kind("flows.upkeep.tend_runs", "home", Schedule(cron="*/10 * * * *"), served=False),  # `schedule` does it itself
)


@dataclass(frozen=True, slots=True)
class Order:
    """A deployment as it is to be: a flow's function, the name, when it runs, and what it is given beside the home."""

    function: str
    name: str
    schedule: Schedule | None
    parameters: tuple[tuple[str, str], ...]
    served: bool

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other: its flow's function, and its name."""
        return self.function, self.name

    @property
    def flow(self) -> str:
        """The flow's name, as Prefect is told it."""
        return self.function.rpartition(".")[2].replace("_", "-")


@dataclass(frozen=True, slots=True)
class Orders:
    """All deployments of an order book, and a line for each dataset that cannot be read, by its id."""

    orders: tuple[Order, ...]
    broken: dict[str, str]


def orders(datasets: Path) -> Orders:
    """What an order book asks for. A dataset whose file is broken does not stop the others."""
    made: list[Order] = []
    broken: dict[str, str] = {}
    for dataset_id in list_dataset_ids(datasets):
        try:
            schedule = read_dataset(datasets, dataset_id).schedule
        except ConfigurationError as error:
            broken[dataset_id] = str(error)
            continue
        made += [_order(kind, dataset_id, schedule) for kind in KINDS if kind.of == "dataset"]
    made += [_order(kind, ALL, None) for kind in KINDS if kind.of == "home"]
    return Orders(tuple(made), broken)


def served(order: Order, home: Path) -> RunnerDeployment:
    """An order as a deployment that one process serves from a folder. Raises ValueError where Prefect refuses it."""
    module, _, name = order.function.rpartition(".")
    flow = getattr(import_module(module), name)
    return RunnerDeployment.from_flow(
        flow,
        order.name,
        schedules=[_schedule(order.schedule)] if order.schedule else [],
        concurrency_limit=ConcurrencyLimitConfig(limit=LIMIT, collision_strategy=COLLISION),
        parameters={**dict(order.parameters), "home": str(home)},
        tags=[TAG],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def prefect_yaml(datasets: Path) -> str:
    """The text of `prefect.yaml` for an order book. Raises ConfigurationError where a dataset of it is broken."""
    asked = orders(datasets)
    for line in asked.broken.values():
        raise ConfigurationError(line)
    document = {
        "name": "policytasks",
        # Filled in where the run is: each worker's environment says in which folder it has datasets/ and data/.
        "pull": [{"prefect.deployments.steps.set_working_directory": {"directory": f"{{{{ ${HOME} }}}}"}}],
        "deployments": [_as_yaml(order) for order in asked.orders],
    }
    said = (
        "# Made from datasets/ by `policytasks schedule --write-prefect-yaml`: change it there, not here.\n"
        "# What it is for, and how a pool of workers runs it: docs/scheduling.md\n"
    )
    return said + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _order(kind: Kind, name: str, own: Schedule | None) -> Order:
    schedule = own if kind.schedule == "the dataset's" else kind.schedule
    parameters = (("dataset_id", name),) if kind.of == "dataset" else ()
    return Order(kind.function, name, schedule, parameters, kind.served)


def _schedule(schedule: Schedule) -> DeploymentScheduleCreate:
    """A schedule that leaves alone whether a person paused it."""
    return DeploymentScheduleCreate(slug=SLUG, schedule=CronSchedule(cron=schedule.cron, timezone=schedule.timezone))


def _as_yaml(order: Order) -> dict[str, Any]:
    schedule = order.schedule
    timed = [{"slug": SLUG, "cron": schedule.cron, "timezone": schedule.timezone}] if schedule else []
    return {
        "name": order.name,
        "entrypoint": order.function,
        "parameters": {**dict(order.parameters), "home": "."},
        "tags": [TAG],
        "schedules": timed,
        "concurrency_limit": {"limit": LIMIT, "collision_strategy": COLLISION.value},
        "work_pool": {"name": POOL},
    }
