"""Who is told what after a run: the record beside the versions is brought up to date, and what is owed is sent.

What is news is decided in `incidents.py`; here it is carried out. Nothing of it fails a run: what could not be
sent stays owed, is said in one line, and is sent by the next run.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from config.models import Dataset
from pipeline.notify.incidents import (
    TROUBLES,
    Decided,
    News,
    Record,
    Seen,
    as_object,
    decided,
    mark_of,
    owed_to,
    record_in,
    with_told,
)
from pipeline.notify.messages import message_of
from pipeline.notify.send import SendingError, send
from pipeline.workspace import Home
from publish import shelf
from publish.listing import as_json
from publish.storage.backend import BusyError, MissingError, Place, ShelfError

log = logging.getLogger(__name__)

# For how long one waits for another run of the same dataset, in seconds.
WAIT = 60.0


def tell_people(home: Home, dataset: Dataset, seen: Seen) -> tuple[News, ...]:
    """Tell those whom a dataset names what is new since the last run; returns what is new, told or not.

    Troubles are remembered for datasets that name somebody or have a version; of others nothing is said. Where the
    shelf cannot hold the record, nobody knows who was told, and everybody is told all.
    """
    try:
        place = home.shelf
        if not dataset.notify and not _is_kept(place, dataset.id):
            return ()
        with place.held(dataset.id, wait=WAIT):
            return _told(place, dataset, seen, home.site)
    except BusyError as error:
        log.warning("%s; nobody was told of this run", error)
    except ShelfError as error:
        if dataset.notify and seen.troubles:
            log.warning("who was told is not on record (%s)", error)
            found = decided(Record(), seen, _listeners(dataset), _now())
            _send_owed(dataset, found.record, None)
    return ()


def _told(place: Place, dataset: Dataset, seen: Seen, site: str | None) -> tuple[News, ...]:
    before = _record(place, dataset.id)
    found: Decided = decided(before, seen, _listeners(dataset), _now())
    _put(place, dataset.id, before, found.record)
    after = _send_owed(dataset, found.record, site)
    try:
        _put(place, dataset.id, found.record, after)
    except ShelfError as error:
        log.warning("%s; the next run tells it again", error)
    return found.news


def _is_kept(place: Place, dataset_id: str) -> bool:
    return shelf.highest(place, dataset_id) is not None or place.has(f"{dataset_id}/{TROUBLES}")


def _record(place: Place, dataset_id: str) -> Record:
    """The record so far; an empty one where it is none. Raises ShelfError."""
    name = f"{dataset_id}/{TROUBLES}"
    try:
        return record_in(place.read(name))
    except MissingError:
        return Record()
    except ValueError as error:
        log.warning("%s: is no record of troubles (%s); it is begun anew", place.where(name), error)
        return Record()


def _put(place: Place, dataset_id: str, before: Record, now: Record) -> None:
    if now != before:
        place.replace(f"{dataset_id}/{TROUBLES}", as_json(as_object(dataset_id, now)))


def _listeners(dataset: Dataset) -> dict[str, list[str]]:
    return {on: [mark_of(one.address) for one in dataset.notify if on in one.on] for on in ("trouble", "published")}


def _send_owed(dataset: Dataset, record: Record, site: str | None) -> Record:
    """Send everybody what they are owed, one message each; the record afterwards."""
    for index, one in enumerate(dataset.notify):
        mark = mark_of(one.address)
        owed = owed_to(record, mark, one.on)
        if not owed:
            continue
        try:
            send(one.address, message_of(dataset.id, owed, site))
        except SendingError as error:
            log.warning("datasets/%s.yaml: notify[%d]: %s; it is sent by the next run", dataset.id, index, error)
            continue
        record = with_told(record, mark, owed)
    return record


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
