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

        def is_transient(_task: Any, _run: Any, state: Any) -> bool:
            return error_type is not None and isinstance(state.result(raise_on_failure=False), error_type)

        def run_task(*arguments: Any, **options: Any) -> Any:
            # Prefect would search arguments of a task, at any depth, for states and futures: so it is given none.
            def run_step() -> Any:
                return function(*arguments, **options)

            name = function.__name__.replace("_", "-")
            step_task = task(
                name=name,
                cache_policy=NO_CACHE,
                persist_result=False,
                retries=RETRIES if error_type else 0,
                retry_delay_seconds=RETRY_SECONDS,
                retry_condition_fn=is_transient,
            )(run_step)
            self.results[function] = step_task()
            return self.results[function]

        return run_task
