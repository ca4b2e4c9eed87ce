"""The steps of a run as Prefect tasks. `pipeline/` names the steps and calls them; here each call becomes a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from collect.fetch import UnreachableError
from pipeline.steps import collect_sources

# Steps that may succeed when they are tried again, and the error by which they show it. The others fail the same way
# every time.
RETRIED = {collect_sources: UnreachableError}
RETRIES, RETRY_SECONDS = 2, 10


@dataclass(frozen=True, slots=True)
class Steps:
    """Runs steps as Prefect tasks. `results` has the last result of each step, by its function."""

    results: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, function: Any) -> Any:
        """A step as a task. Prefect caches nothing: what a step may reuse, the step itself decides."""
        error_type = RETRIED.get(function)

        def run_task(*arguments: Any, **options: Any) -> Any:
            # Prefect would search arguments of a task, at any depth, for states and futures: so it is given none.
            def run_step() -> Any:
                return function(*arguments, **options)

            step_task = task(
                name=function.__name__.replace("_", "-"),
                cache_policy=NO_CACHE,
                persist_result=False,
                retries=RETRIES if error_type else 0,
                retry_delay_seconds=RETRY_SECONDS if error_type else 0,
                retry_condition_fn=retry_on(error_type) if error_type else None,
            )(run_step)
            self.results[function] = step_task()
            return self.results[function]

        return run_task


def retry_on(error_type: type[Exception]) -> Any:
    """A condition by which Prefect runs a task again where it failed with an error of this type."""

    def is_transient(_task: Any, _run: Any, state: Any) -> bool:
        return isinstance(state.result(raise_on_failure=False), error_type)

    return is_transient
