"""Who is told what after a run: the record beside the versions is brought up to date, and what is owed is sent.

What is news is decided in `incidents.py`; here it is carried out. Nothing of it fails a run: what could not be
sent stays owed, is said in one line, and is sent by the next run.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from config.models import Dataset
from pipeline.notify.incidents import (
    RECORD_FILE,
    IncidentRecord,
    NewsItem,
    Observations,
    RecordUpdate,
    channel_id_of,
    list_unsent,
    mark_sent,
    parse_record,
    to_json_object,
    update_record,
)
from pipeline.notify.messages import compose_message
from pipeline.notify.send import SendingError, send
from pipeline.workspace import Workspace
from publish.json_files import to_json
from publish.releases import read_releases
from publish.storage.backend import BusyError, MissingError, ShelfError, Storage

log = logging.getLogger(__name__)

# For how long one waits for another run of the same dataset, in seconds.
LOCK_SECONDS = 60.0


def notify_channels(home: Workspace, dataset: Dataset, observations: Observations) -> tuple[NewsItem, ...]:
    """Tell those whom a dataset names what is new since the last run; returns what is new, told or not.

    Troubles are remembered for datasets that name somebody or have a version; of others nothing is said. Where the
    shelf cannot hold the record, nobody knows who was told, and everybody is told all.
    """
    try:
        storage = home.shelf
        if not dataset.notify and not _has_record(storage, dataset.id):
            return ()
        with storage.lock(dataset.id, wait=LOCK_SECONDS):
            return _update_and_send(storage, dataset, observations, home.site)
    except BusyError as error:
        log.warning("%s; nobody was told of this run", error)
    except ShelfError as error:
        if dataset.notify and observations.incidents:
            log.warning("who was told is not on record (%s)", error)
            update = update_record(IncidentRecord(), observations, _channels_of(dataset), _now())
            _send_unsent(dataset, update.record, None)
    return ()


def _update_and_send(
    storage: Storage, dataset: Dataset, observations: Observations, site: str | None
) -> tuple[NewsItem, ...]:
    before = _read_record(storage, dataset.id)
    update: RecordUpdate = update_record(before, observations, _channels_of(dataset), _now())
    _write_record(storage, dataset.id, before, update.record)
    after = _send_unsent(dataset, update.record, site)
    try:
        _write_record(storage, dataset.id, update.record, after)
    except ShelfError as error:
        log.warning("%s; the next run tells it again", error)
    return update.news


def _has_record(storage: Storage, dataset_id: str) -> bool:
    return read_releases(storage, dataset_id).highest is not None or storage.has(f"{dataset_id}/{RECORD_FILE}")


def _read_record(storage: Storage, dataset_id: str) -> IncidentRecord:
    """The record so far; an empty one where it is none. Raises ShelfError."""
    name = f"{dataset_id}/{RECORD_FILE}"
    try:
        return parse_record(storage.read(name))
    except MissingError:
        return IncidentRecord()
    except ValueError as error:
        log.warning("%s: is no record of troubles (%s); it is begun anew", storage.describe(name), error)
        return IncidentRecord()


def _write_record(storage: Storage, dataset_id: str, before: IncidentRecord, now: IncidentRecord) -> None:
    if now != before:
        storage.replace(f"{dataset_id}/{RECORD_FILE}", to_json(to_json_object(dataset_id, now)))


def _channels_of(dataset: Dataset) -> dict[str, list[str]]:
    return {
        on: [channel_id_of(one.address) for one in dataset.notify if on in one.on] for on in ("trouble", "published")
    }


def _send_unsent(dataset: Dataset, record: IncidentRecord, site: str | None) -> IncidentRecord:
    """Send everybody what they are owed, one message each; the record afterwards."""
    for index, channel in enumerate(dataset.notify):
        channel_id = channel_id_of(channel.address)
        unsent = list_unsent(record, channel_id, channel.on)
        if not unsent:
            continue
        try:
            send(channel.address, compose_message(dataset.id, unsent, site))
        except SendingError as error:
            log.warning("datasets/%s.yaml: notify[%d]: %s; it is sent by the next run", dataset.id, index, error)
            continue
        record = mark_sent(record, channel_id, unsent)
    return record


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
