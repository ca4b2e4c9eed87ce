"""What every Prefect flow here shares: steps as tasks, a run's name and end, its events, and logs that can be read.

A flow hands in plain functions; nothing below `flows/` knows Prefect. What is left for people (names, artifacts,
events) comes after the work: where the server does not take it, the run is no worse for it.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import httpx
from prefect import get_client, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.exceptions import PrefectException
from prefect.states import Failed

from collect.fetch import UnreachableError
from config.errors import PolicyTasksError
from pipeline.errors import ReleaseRefusedError
from pipeline.notify.incidents import SOURCE, NewsItem
from pipeline.notify.notify import notify_channels
from pipeline.progress import Count, listen_to_progress
from pipeline.steps import collect_sources

log = logging.getLogger(__name__)

# What Prefect raises where its server cannot be reached, started or understood.
PREFECT_ERRORS = (PrefectException, httpx.HTTPError, RuntimeError)
# Where it cannot take what is left for people.
SERVER_ERRORS = (PrefectException, httpx.HTTPError)

# Steps that can fail for a reason that passes by itself, and that reason. The others fail the same way every time.
TRANSIENT_ERRORS = {collect_sources: UnreachableError}
RETRIES, RETRY_SECONDS = 2, 10
# How often a run says how far it is, in seconds; a shorter one does not say.
PROGRESS_SECONDS = 5.0

# The event of a piece of news: by what it is and whether it is about a source.
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
    """Runs steps as Prefect tasks, and remembers what each gave."""

    results: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, function: Any) -> Any:
        """A step as a task. Nothing is cached: what a step may reuse is the rooms' own business.

        What it is given is kept from Prefect, which would look through all of it for states and futures.
        """
        trouble = TRANSIENT_ERRORS.get(function)

        def remembered(*arguments: Any, **named: Any) -> Any:
            def step() -> Any:
                return function(*arguments, **named)

            run = task(
                name=function.__name__.replace("_", "-"),
                cache_policy=NO_CACHE,
                persist_result=False,
                retries=RETRIES if trouble else 0,
                retry_delay_seconds=RETRY_SECONDS if trouble else 0,
                retry_condition_fn=retry_on(trouble) if trouble else None,
            )(step)
            self.results[function] = run()
            return self.results[function]

        return remembered


def retry_on(error_type: type[Exception]) -> Any:
    """A condition by which Prefect runs a task again where it failed with an error of this type."""

    def is_transient(_task: Any, _run: Any, state: Any) -> bool:
        return isinstance(state.result(raise_on_failure=False), error_type)

    return is_transient


def execute_flow(
    name: str,
    run: Callable[[Steps], Result],
    summarise: Callable[[Result], str],
    *,
    create_artifacts: Callable[[Steps, Result | Exception], None],
) -> Result:
    """Do a flow's work, and let the run's name, state, artifacts and events say how it ended.

    `name` is what the run is about, `ended` says in a few words how it did, `leave` makes the artifacts. An error that
    a user may meet makes the run's state Failed with its line as the message, and is raised where the flow was called.
    """
    _shorten_prefect_logs()
    if not gc.get_freeze_count():
        gc.freeze()  # what is loaded by now, Prefect above all, stays: nobody need look through it for garbage again
    steps = Steps()
    try:
        with listen_to_progress(_Progress(name), every=PROGRESS_SECONDS):
            result = run(steps)
    except PolicyTasksError as error:
        _finish(steps, name, create_artifacts, error)
        rename_run(f"{name}: {_summarise_error(error)}")
        return cast("Result", Failed(message=str(error), data=error))  # which is raised where the flow was called
    except BaseException as error:
        rename_run(f"{name}: {'failed' if isinstance(error, Exception) else 'interrupted'}")
        raise
    _finish(steps, name, create_artifacts, result)
    rename_run(f"{name}: {summarise(result)}")
    return result


class _Progress:
    """A bar in Prefect's interface, from the first time that there is something to tell."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bar: Any = None

    def __call__(self, count: Count) -> None:
        share, words = 100 * count.done / max(1, count.total), f"{self._name}: {count}"
        with _ignore_server_errors():
            if self._bar is None:
                self._bar = create_progress_artifact(share, key=f"{self._name}-progress", description=words)
            else:
                update_progress_artifact(self._bar, share, words)


def _finish(steps: Steps, name: str, create_artifacts: Callable[[Steps, Any], None], result: Any) -> None:
    for item in steps.results.get(notify_channels, ()):
        emit_news(item, name)
    with _ignore_server_errors():
        create_artifacts(steps, result)


@contextmanager
def _ignore_server_errors() -> Iterator[None]:
    try:
        yield
    except SERVER_ERRORS as error:
        log.warning("Prefect did not take what was left of the run (%s)", " ".join(str(error).split())[:160])


def rename_run(name: str) -> None:
    """Give the run that is under way another name."""
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None:
        with _ignore_server_errors(), get_client(sync_client=True) as client:
            client.update_flow_run(context.flow_run.id, name=name)


def emit_news(item: NewsItem, dataset_id: str) -> None:
    """Tell Prefect what is new, so that its automations can act on it."""
    kind, _, source_id = item.about.partition(":")
    of_source = kind == SOURCE
    dataset = {"prefect.resource.id": f"policytasks.dataset.{dataset_id}", "prefect.resource.name": dataset_id}
    source = {"prefect.resource.id": f"policytasks.source.{source_id}", "prefect.resource.name": source_id}
    details = {"version": item.about, "summary": item.line} if item.kind == "published" else {"why": item.line}
    emit_event(
        EVENTS[item.kind, of_source],
        resource=source if of_source else dataset,
        related=[{**dataset, "prefect.resource.role": "dataset"}] if of_source else [],
        payload={"about": item.about, "since": item.since.isoformat(), **details},
    )


def _summarise_error(error: Exception) -> str:
    """A few words for a run's name."""
    if isinstance(error, ReleaseRefusedError):
        return f"refused, {error.check} does not hold"
    words = " ".join(str(error).split())
    return f"failed, {words if len(words) <= 80 else f'{words[:80]}…'}"


class _PlainLog(logging.Filter):
    """Keeps Prefect's own log to what a person reads: no representation of objects, no traceback of a known error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop what the state says already; turn a known error into its line."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if isinstance(error, PolicyTasksError):
            record.exc_info, record.exc_text = None, None
            record.msg, record.args = "%s", (str(error),)
        elif isinstance(record.args, tuple) and any(isinstance(one, PolicyTasksError) for one in record.args):
            record.msg = str(record.msg).replace("%r", "%s")
        return not str(record.msg).startswith("Finished in state")


def _shorten_prefect_logs() -> None:
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logger = logging.getLogger(name)
        if not any(isinstance(one, _PlainLog) for one in logger.filters):
            logger.addFilter(_PlainLog())
