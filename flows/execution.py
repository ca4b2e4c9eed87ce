"""How every flow here runs: its steps as tasks, then the run's name, state, artifacts and events say how it ended.

In: the work as a function of the steps, which `pipeline/` names and calls. Out: its result, or a Failed state with the
line of an error that a user may meet. An event tells Prefect's automations what is new. What is left for people to look
at is made after the work: if Prefect's server does not take it, the run is no worse for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, cast

from prefect import get_client, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.states import Failed

from collect.fetch import UnreachableError
from config.errors import PolicyTasksError
from config.interruption import check_interruption
from config.text import summarise_message
from flows.artifacts import create_failure_artifacts
from flows.errors import is_prefect_error, simplify_run_logs
from pipeline.errors import ReleaseRefusedError
from pipeline.notify.channels import notify_channels
from pipeline.notify.incidents import SOURCE, NewsItem
from pipeline.progress import Count, listen_to_progress
from pipeline.steps import collect_sources, extract_plans

log = logging.getLogger(__name__)

# How often a run updates its bar, in seconds; a run that is shorter has none.
PROGRESS_SECONDS = 5.0
MAX_NAME = 80
# Steps that may succeed when they are tried again, and the error by which they show it. The others fail the same way
# every time.
RETRIED = {collect_sources: UnreachableError}
RETRIES, RETRY_SECONDS = 2, 10
# The event's name, by the kind of item and whether it is about a source.
EVENTS = {
    ("trouble", True): "policytasks.source.broke",
    ("mended", True): "policytasks.source.mended",
    ("trouble", False): "policytasks.dataset.broke",
    ("mended", False): "policytasks.dataset.mended",
    ("published", False): "policytasks.published",
}

Result = TypeVar("Result")


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
            check_interruption()

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


def execute_flow(
    name: str,
    run: Callable[[Steps], Result],
    summarise: Callable[[Result], str],
    *,
    create_artifacts: Callable[[Result], None] = lambda _: None,
) -> Result:
    """Do a flow's work, and let the run's name, state, artifacts and events say how it ended.

    `name` is the dataset's id; `summarise` says in a few words how the run ended, and `create_artifacts` shows it. A
    PolicyTasksError makes the run's state Failed with its line as the message, and Prefect raises it where the flow was
    called.
    """
    simplify_run_logs()
    steps = Steps()
    try:
        with listen_to_progress(_ProgressBar(name), every=PROGRESS_SECONDS):
            result = run(steps)
    except PolicyTasksError as error:
        _report_end(steps, name, partial(create_failure_artifacts, name, error, steps.results.get(extract_plans)))
        rename_run(f"{name}: {_summarise_error(error)}")
        return cast("Result", Failed(message=str(error), data=error))
    except BaseException as error:
        rename_run(f"{name}: {'failed' if isinstance(error, Exception) else 'interrupted'}")
        raise
    _report_end(steps, name, partial(create_artifacts, result))
    rename_run(f"{name}: {summarise(result)}")
    return result


def rename_run(name: str) -> None:
    """Give the current flow run another name."""
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None:
        with ignore_server_errors(), get_client(sync_client=True) as client:
            client.update_flow_run(context.flow_run.id, name=name)


def _report_end(steps: Steps, name: str, create_artifacts: Callable[[], None]) -> None:
    for item in steps.results.get(notify_channels, ()):
        _emit_news(item, name)
    with ignore_server_errors():
        create_artifacts()


def _emit_news(item: NewsItem, dataset_id: str) -> None:
    kind, _, source_id = item.about.partition(":")
    is_source = kind == SOURCE
    dataset = {"prefect.resource.id": f"policytasks.dataset.{dataset_id}", "prefect.resource.name": dataset_id}
    source = {"prefect.resource.id": f"policytasks.source.{source_id}", "prefect.resource.name": source_id}
    details = {"version": item.about, "summary": item.line} if item.kind == "published" else {"why": item.line}
    emit_event(
        EVENTS[item.kind, is_source],
        resource=source if is_source else dataset,
        related=[{**dataset, "prefect.resource.role": "dataset"}] if is_source else [],
        payload={"about": item.about, "since": item.since.isoformat(), **details},
    )


def _summarise_error(error: Exception) -> str:
    if isinstance(error, ReleaseRefusedError):
        return f"refused, {error.check} does not hold"
    return f"failed, {summarise_message(error, MAX_NAME)}"


@contextmanager
def ignore_server_errors() -> Iterator[None]:
    """Log, instead of raising, that Prefect's server did not accept something."""
    try:
        yield
    except Exception as error:
        if not is_prefect_error(error):
            raise
        log.warning("Prefect did not accept an artifact or the name of the run (%s)", summarise_message(error))


class _ProgressBar:
    """A bar in Prefect's interface, which is created when there is progress to show for the first time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bar: Any = None

    def __call__(self, count: Count) -> None:
        share, words = 100 * count.done / max(1, count.total), f"{self._name}: {count}"
        with ignore_server_errors():
            if self._bar is None:
                self._bar = create_progress_artifact(share, key=f"{self._name}-progress", description=words)
            else:
                update_progress_artifact(self._bar, share, words)
