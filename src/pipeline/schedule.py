"""Which deployments a workspace has, and when each runs.

In: the datasets' files. Out: a plan that names every deployment. `flows/deployments.py` makes Prefect's deployments of
it, either for the one process of `policytasks schedule` or as `prefect.yaml` for a pool of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config.errors import ConfigurationError
from config.loader import list_dataset_ids, read_dataset
from config.models import Schedule

# The name of a deployment that is for all datasets at once.
ALL_DATASETS = "all"


@dataclass(frozen=True, slots=True)
class DeployedFlow:
    """A flow that is deployed, once for each dataset or once for the workspace.

    `schedule` is the dataset's own, the same one everywhere, or None: then the flow runs only when somebody starts it.
    `is_served` is False where `policytasks schedule` does the flow's work itself.
    """

    function: str
    scope: Literal["dataset", "workspace"]
    schedule: Literal["the dataset's"] | Schedule | None = None
    is_served: bool = True


DEPLOYED_FLOWS = (
    DeployedFlow("flows.publish_dataset.publish_dataset", "dataset", "the dataset's"),
    DeployedFlow("flows.check_sources.check_sources", "dataset"),
    DeployedFlow("flows.reextract.reextract", "dataset"),
    DeployedFlow("flows.backfill.backfill", "dataset"),
    DeployedFlow("flows.verify_shelf.verify_shelf", "dataset", Schedule(cron="0 3 * * 0")),
    DeployedFlow("flows.cleanup.cleanup", "workspace", Schedule(cron="0 4 * * 0")),
    DeployedFlow("flows.upkeep.tend_runs", "workspace", Schedule(cron="*/10 * * * *"), is_served=False),
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment: the flow's function, the name, when it runs, and its parameters besides the workspace."""

    function: str
    name: str
    schedule: Schedule | None
    parameters: tuple[tuple[str, str], ...]
    is_served: bool

    @property
    def key(self) -> tuple[str, str]:
        """The flow's function and the deployment's name, which no other deployment has."""
        return self.function, self.name

    @property
    def flow_name(self) -> str:
        """The flow's name in Prefect, such as `publish-dataset`."""
        return self.function.rpartition(".")[2].replace("_", "-")


@dataclass(frozen=True, slots=True)
class DeploymentPlan:
    """All deployments of a workspace, and the error of each dataset whose file cannot be read, by the dataset's id."""

    deployments: tuple[Deployment, ...]
    broken: dict[str, str]


def plan_deployments(datasets: Path) -> DeploymentPlan:
    """The deployments of all datasets in a folder. A dataset with a broken file does not stop the others."""
    deployments: list[Deployment] = []
    broken: dict[str, str] = {}
    for dataset_id in list_dataset_ids(datasets):
        try:
            schedule = read_dataset(datasets, dataset_id).schedule
        except ConfigurationError as error:
            broken[dataset_id] = str(error)
            continue
        deployments += [_plan(flow, dataset_id, schedule) for flow in DEPLOYED_FLOWS if flow.scope == "dataset"]
    deployments += [_plan(flow, ALL_DATASETS, None) for flow in DEPLOYED_FLOWS if flow.scope == "workspace"]
    return DeploymentPlan(tuple(deployments), broken)


def list_differences(before: DeploymentPlan, after: DeploymentPlan) -> Iterator[str]:
    """A line for each served deployment that is new, or runs at other times."""
    earlier = {deployment.key: deployment for deployment in before.deployments}
    for deployment in after.deployments:
        if deployment.is_served and deployment != earlier.get(deployment.key):
            schedule = deployment.schedule
            when = f"{schedule.cron} {schedule.timezone}" if schedule else "only when somebody starts it"
            yield f"{deployment.name}: {deployment.flow_name} is deployed, {when}"


def _plan(flow: DeployedFlow, name: str, dataset_schedule: Schedule | None) -> Deployment:
    schedule = dataset_schedule if flow.schedule == "the dataset's" else flow.schedule
    parameters = (("dataset_id", name),) if flow.scope == "dataset" else ()
    return Deployment(flow.function, name, schedule, parameters, flow.is_served)
