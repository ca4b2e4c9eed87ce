"""The whole way of one dataset, top to bottom: collect → extract → transform → publish.

`walk` is given how to run a step: as a plain call, or as a Prefect task. So both ways run the very same steps, and
nothing here imports Prefect.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from collect.archive import ArchiveError, captures_of, removals_of
from collect.dataset import Dataset
from collect.fetch import RefusedError, UnreachableError
from collect.gate import Collected, collect, sources_of
from collect.order_book import OrderBookError, dataset_ids, read_dataset
from flows.evidence import evidence_of
from flows.feeding import Extracted, NoPlanError, read_sources
from flows.home import Home
from flows.notifying import tell_people
from flows.readings import Memory, Readings
from publish import shelf
from publish.datapackage import metadata, metadata_of
from publish.notes import summary_of_changes
from publish.place import BusyError, ShelfError
from publish.release import publish_release
from publish.standing import Standing, as_rows
from publish.troubles import RELEASE, RUN, SOURCE, Seen, Trouble, source_troubles
from transform import checks
from transform.checks import Check
from transform.corrections import misplaced
from transform.draft import Draft, Previous, Withdrawn, draft_release

if TYPE_CHECKING:
    from flows.preview import Preview

log = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Step = Callable[[Function], Function]


class RefusedReleaseError(RuntimeError):
    """A draft that did not pass its checks; the message is one line, `check` the first that did not hold."""

    def __init__(self, line: str, check: str = "") -> None:
        super().__init__(line)
        self.check = check


class OrchestratorError(RuntimeError):
    """Prefect could not run the steps; the message is one line."""


# What a user may meet: each of these is shown as one line, never as a traceback.
KNOWN_ERRORS = (
    OrderBookError,
    ArchiveError,
    UnreachableError,
    RefusedError,
    NoPlanError,
    RefusedReleaseError,
    ShelfError,
    OrchestratorError,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `published`, `unchanged`, or of a dry run `planned` or `refused`, with its `preview`.

    `failures` has a line a failed source, and why a planned release would be refused.
    """

    dataset_id: str
    done: str
    version: str
    summary: str
    checks: tuple[Check, ...]
    standing: tuple[Standing, ...]
    failures: tuple[str, ...]
    preview: Preview | None = None


def plainly(function: Function) -> Function:
    """Run a step as a plain call."""
    return function


def walk(
    home: Home, dataset_id: str, *, offline: bool = False, dry_run: bool = False, step: Step[Any] = plainly
) -> Outcome:
    """Take a dataset through every room, and tell people what is new.

    Raises one of KNOWN_ERRORS; nothing is published then.
    """
    dataset, way = read_order(home, dataset_id), _Way()
    try:
        outcome = _go(home, dataset, way, offline=offline, dry_run=dry_run, step=step)
    except BusyError:
        raise  # whoever holds the shelf tells of it
    except KNOWN_ERRORS as error:
        if not dry_run:
            step(tell_people)(home, dataset, _seen(dataset, way, error))
        raise
    if not dry_run:
        step(tell_people)(home, dataset, _seen(dataset, way))
    return outcome


@dataclass(slots=True)
class _Way:
    """How far a run came."""

    extracted: Extracted | None = None
    draft: Draft | None = None
    done: str = ""


def _go(home: Home, dataset: Dataset, way: _Way, *, offline: bool, dry_run: bool, step: Step[Any]) -> Outcome:
    place = home.shelf  # one that nobody can open is told before all work
    collected = step(collect_sources)(home, dataset, offline=offline or dry_run)
    way.extracted = extracted = step(extract_plans)(home, collected)
    with nullcontext() if dry_run else shelf.locked(place, dataset.id):
        way.draft = draft = step(draft_tables)(home, dataset, extracted)
        try:
            way.done = _carry_out(home, dataset, draft, extracted, dry_run=dry_run, step=step)
        except KNOWN_ERRORS:
            try:
                _tell(home, dataset, extracted, dry_run=dry_run, step=step)
            except ShelfError as error:
                log.warning("%s", error)  # what went wrong first is what the run ends with
            raise
        _tell(home, dataset, extracted, dry_run=dry_run, step=step)
    outcome = _outcome(dataset, draft, extracted, way.done)
    if not dry_run:
        return outcome
    from flows.preview import preview_of

    return replace(outcome, preview=preview_of(collected, extracted, draft, offline=offline))


def _seen(dataset: Dataset, way: _Way, error: Exception | None = None) -> Seen:
    """What a run saw: how each source does where it came so far, whether the release passed, how the run ended."""
    judged, found = {RUN}, []
    if way.extracted is not None:
        judged.add(SOURCE)
        scheduled = dataset.schedule is not None
        found += source_troubles(way.extracted.standing, way.extracted.failures, scheduled=scheduled)
    if isinstance(error, RefusedReleaseError):
        judged.add(RELEASE)
        found.append(Trouble(f"{RELEASE}:{error.check}", str(error)))
    elif error is not None:
        found.append(Trouble(f"{RUN}:{type(error).__name__}", str(error)))
    else:
        judged.add(RELEASE)
    version = way.draft.version if way.draft and way.done == "published" else None
    summary = summary_of_changes(way.draft) if way.draft and version else ""
    return Seen(frozenset(judged), tuple(found), version, summary)


def _carry_out(
    home: Home, dataset: Dataset, draft: Draft, extracted: Extracted, *, dry_run: bool, step: Step[Any]
) -> str:
    """Publish a draft that has something new and may be published; how the run ended."""
    if draft.version is None:
        return "unchanged"
    if dry_run:
        return "refused" if draft.refused else "planned"
    refuse_if_broken(dataset, draft)
    step(publish_draft)(home, dataset, draft, extracted)
    return "published"


def _tell(home: Home, dataset: Dataset, extracted: Extracted, *, dry_run: bool, step: Step[Any]) -> None:
    """Say beside the versions how things are now, whether or not there is a new one."""
    if not dry_run:
        shelf.put_sources(home.shelf, dataset.id, as_rows(extracted.standing))
        shelf.put_catalog(home.shelf, dataset.id, home.site)
        step(write_catalog)(home, dataset.id)


def write_catalog(home: Home, dataset_id: str) -> None:
    """Bring the catalog's pages up to what the shelf holds; call it with the dataset locked. Raises ShelfError."""
    from catalog import hall  # a dry run needs none of what pages are made with

    archive = evidence_of(home, dataset_id)
    hall.put_dataset_pages(home.shelf, dataset_id, home.site, archive)
    hall.put_home_pages(home.shelf, home.site, archive)


def read_order(home: Home, dataset_id: str) -> Dataset:
    """Read a dataset from the order book, and see that the checks it accepts exist. Raises OrderBookError."""
    dataset = read_dataset(home.datasets, dataset_id)
    _refuse_shared_ids(home, dataset)
    for index, key, wrong in misplaced(dataset.corrections):
        raise OrderBookError(f"datasets/{dataset_id}.yaml: corrections[{index}].{key}: {wrong}")
    for index, accepted in enumerate(dataset.accept):
        if accepted.check not in checks.ACCEPTABLE:
            known = ", ".join(checks.ACCEPTABLE)
            where = f"datasets/{dataset_id}.yaml: accept[{index}].check"
            raise OrderBookError(f"{where}: {accepted.check!r} is no check that can be accepted; those are {known}")
    return dataset


def _refuse_shared_ids(home: Home, dataset: Dataset) -> None:
    """A source's id is the name of its folder in the archive: no two may have the same, of whatever dataset."""
    ids = Counter(source.id for source, _ in sources_of(dataset, home.raw))
    twice = next((name for name, times in ids.items() if times > 1), None)
    where = f"datasets/{dataset.id}.yaml: sources"
    if twice is not None:
        raise OrderBookError(f"{where}: {twice!r} is the id of an article that was discovered; give it another")
    for other in dataset_ids(home.datasets):
        try:
            others = {} if other == dataset.id else {one.id for one in read_dataset(home.datasets, other).sources}
        except OrderBookError:
            continue  # it is told when that dataset's turn comes
        shared = sorted(others & ids.keys()) if others else []
        if shared:
            raise OrderBookError(
                f"{where}: {shared[0]!r} is also in datasets/{other}.yaml; give one of them another id"
            )


def collect_sources(home: Home, dataset: Dataset, *, offline: bool) -> list[Collected]:
    """Ask every source of a dataset and archive what comes, or take what the archive holds.

    Raises UnreachableError where there is nothing to go on with and trying again may help.
    """
    collected = collect(dataset, home.raw, Readings(home.raw, Memory()), offline=offline)
    passing = [one for one in collected if one.check and one.check.came in ("unreachable", "broken off")]
    if passing and not any(one.captures for one in collected):
        first = passing[0]
        archive = f"data/raw/{first.source.id}/"
        raise UnreachableError(f"{first.note}, and {archive} holds no capture; check the address")
    return collected


def extract_plans(home: Home, collected: Sequence[Collected]) -> Extracted:
    """Read the plan of every source from the first of its captures that holds one."""
    return read_sources(home.raw, collected)


def draft_tables(home: Home, dataset: Dataset, extracted: Extracted) -> Draft:
    """Make the tables, keeping the ids of the newest release, and decide what the next version is."""
    previous = previous_of(home, dataset.id)
    if previous:
        _refuse_if_lost(dataset, extracted, previous)
        _refuse_if_older(home, dataset, extracted, previous)
    draft = draft_release(dataset, extracted.announced, previous, metadata(dataset))
    log.info("%s: %s", dataset.id, "nothing changed" if draft.version is None else f"drafted {draft.version}")
    for note in draft.notes:
        log.warning("datasets/%s.yaml: %s", dataset.id, note)
    return draft


def previous_of(home: Home, dataset_id: str) -> Previous | None:
    """What a draft is compared with: the newest version that stands; None where there never was one."""
    place = home.shelf
    highest, last = shelf.highest(place, dataset_id), shelf.newest(place, dataset_id)
    if highest is None:
        return None
    withdrawn = tuple(
        Withdrawn(**row, version=notice.version, reason=notice.reason)
        for notice in shelf.notices(place, dataset_id)
        for row in notice.ids
    )
    if last is None:
        return Previous(None, {}, {}, highest=highest, withdrawn=withdrawn)
    return Previous(
        version=last.version,
        tables=shelf.read_tables(last),
        metadata=metadata_of(last.descriptor),
        schema_version=last.descriptor["schemaVersion"],
        coming=tuple(last.descriptor.get("schemaChangesAhead", ())),
        readings=shelf.read_provenance(last).get("readings", {}),
        highest=highest,
        withdrawn=withdrawn,
    )


def publish_draft(home: Home, dataset: Dataset, draft: Draft, extracted: Extracted) -> None:
    """Put a draft on the shelf as an immutable version."""
    now = datetime.now(UTC).replace(microsecond=0)
    published = publish_release(
        home.shelf, dataset, draft, now, problems=problems_of(home, dataset.id, draft), standing=extracted.standing
    )
    log.info("%s: published %s", dataset.id, published.version)


def problems_of(home: Home, dataset_id: str, draft: Draft) -> dict[str, list[dict[str, Any]]]:
    """The problems of all readings: of those documents that were not read anew, as the last version tells them."""
    last = shelf.newest(home.shelf, dataset_id)
    before = shelf.read_checks(last).get("problems", {}) if last else {}
    read = {document_id: [asdict(one) for one in problems] for document_id, problems in draft.read.items()}
    return {one: read.get(one, before.get(one, [])) for one in sorted(draft.readings)}


def _refuse_if_lost(dataset: Dataset, extracted: Extracted, previous: Previous) -> None:
    """A source that was published, and of which nothing can be read any more, must not vanish from the data."""
    published = set(previous.tables["documents"]["source_id"].to_pylist() if previous.tables else ())
    lost_ids = published - {one.source_id for one in extracted.announced}
    lost = next((one for one in extracted.standing if one.source_id in lost_ids), None)
    if lost is not None:
        why = next((line for line in extracted.failures if line.startswith(f"{lost.source_id}:")), lost.why)
        mend = f"restore its captures, or take it out of datasets/{dataset.id}.yaml"
        what = f"{lost.source_id} is in {previous.version} and cannot be read now ({why})"
        raise RefusedReleaseError(f"{dataset.id}: not published, {what}; {mend}", "sources-stay")


def _refuse_if_older(home: Home, dataset: Dataset, extracted: Extracted, previous: Previous) -> None:
    """A record that lost its end must not lead back to what a source said before.

    What a person removed from the archive is no loss.
    """
    made_from = {row["source_id"]: row for row in previous.tables["captures"].to_pylist()} if previous.tables else {}
    for one in extracted.announced:
        then = made_from.get(one.source_id)
        if then is None or then["capture_id"] == one.capture_id or then["fetched_at"] <= one.fetched_at:
            continue
        known = {capture.capture_id for capture in captures_of(home.raw, one.source_id)}
        known |= {removal.capture_id for removal in removals_of(home.raw, one.source_id)}
        if then["capture_id"] not in known:
            when = f"{then['fetched_at']:%Y-%m-%d %H:%M} UTC"
            raise RefusedReleaseError(
                f"{dataset.id}: not published, {previous.version} was made from a capture of {when} that "
                f"data/raw/{one.source_id}/ has no more on record; restore it, for example with git checkout",
                "captures-stay",
            )


def refuse_if_broken(dataset: Dataset, draft: Draft) -> None:
    """Raise RefusedReleaseError where a check does not hold."""
    if draft.refused:
        raise RefusedReleaseError(_refusal(dataset, draft), draft.refused[0].name)


def _refusal(dataset: Dataset, draft: Draft) -> str:
    """Why a draft may not be published, in one line."""
    check = draft.refused[0]
    more = f" (and {len(draft.refused) - 1} more checks)" if len(draft.refused) > 1 else ""
    accept = f", or accept it for {draft.version} with a reason under accept: in datasets/{dataset.id}.yaml"
    mend = f"look at the source{accept if check.name in checks.ACCEPTABLE else ''}"
    return f"{dataset.id}: not published, {check.name} does not hold: {check.detail}{more}; {mend}"


def _outcome(dataset: Dataset, draft: Draft, extracted: Extracted, done: str) -> Outcome:
    version = draft.version or draft.previous_version or ""
    return Outcome(
        dataset.id,
        done,
        version,
        summary_of_changes(draft) if draft.version else "nothing changed",
        draft.checks,
        extracted.standing,
        (*extracted.failures, *([_refusal(dataset, draft)] if done == "refused" else [])),
    )
