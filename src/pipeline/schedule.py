"""Which deployments a workspace has, and when each runs.

In: the datasets' files. Out: a plan that names every deployment. `flows/deployments.py` makes Prefect's deployments of
it, either for the one process of `policytasks schedule` or as `prefect.yaml` for a pool of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigurationError
from config.loader import list_dataset_ids, read_dataset
from config.models import Schedule

# The flow that runs by the schedule in a dataset's file.
PUBLISHING = "flows.publish_dataset.publish_dataset"
# The other flows of each dataset, with their schedules. Without one, a flow runs only when somebody starts it.
DATASET_FLOWS = {
    "flows.check_sources.check_sources": None,
    "flows.reextract.reextract": None,
    "flows.backfill.backfill": None,
    "flows.verify_shelf.verify_shelf": Schedule(cron="0 3 * * 0"),
}
# The flow whose work `policytasks schedule` does itself.
UPKEEP = "flows.upkeep.tend_runs"
WORKSPACE_FLOWS = {"flows.cleanup.cleanup": Schedule(cron="0 4 * * 0"), UPKEEP: Schedule(cron="*/10 * * * *")}


@dataclass(frozen=True, slots=True)
class Deployment:
    """A flow as it is deployed for a dataset, whose id is its name, or for the workspace."""

    function: str
    name: str
    schedule: Schedule | None

    @property
    def key(self) -> tuple[str, str]:
        """The flow's function and the deployment's name, which no other deployment has."""
        return self.function, self.name

    @property
    def flow_name(self) -> str:
        """The flow's name in Prefect, such as `publish-dataset`."""
        return self.function.rpartition(".")[2].replace("_", "-")

    @property
    def parameters(self) -> dict[str, str]:
        """The flow's parameters besides the workspace."""
        return {} if self.function in WORKSPACE_FLOWS else {"dataset_id": self.name}

    @property
    def is_served(self) -> bool:
        """Whether a process that serves deployments serves this one."""
        return self.function != UPKEEP


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
        flows = {PUBLISHING: schedule, **DATASET_FLOWS}
        deployments += [Deployment(function, dataset_id, when) for function, when in flows.items()]
    deployments += [Deployment(function, "all", when) for function, when in WORKSPACE_FLOWS.items()]
    return DeploymentPlan(tuple(deployments), broken)


def list_differences(before: DeploymentPlan, after: DeploymentPlan) -> Iterator[str]:
    """A line for each served deployment that is new, or runs at other times."""
    earlier = {deployment.key: deployment for deployment in before.deployments}
    for deployment in after.deployments:
        if deployment.is_served and deployment != earlier.get(deployment.key):
            schedule = deployment.schedule
            when = f"{schedule.cron} {schedule.timezone}" if schedule else "only when somebody starts it"
            yield f"{deployment.name}: {deployment.flow_name} is deployed, {when}"
