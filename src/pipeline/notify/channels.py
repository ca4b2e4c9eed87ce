"""Messages after a run: the record beside the releases is updated, and each channel is sent what it has not been sent.

`incidents.py` decides what is new; here it is carried out. Nothing of it fails a run: a message that could not be sent
is logged in one line, and sent by the next run.
"""

from __future__ import annotations

import logging

from config.models import Dataset
from config.timestamps import read_clock
from pipeline.notify.incidents import (
    RECORD_FILE,
    IncidentRecord,
    NewsItem,
    Observations,
    hash_address,
    list_unsent,
    mark_sent,
    parse_record,
    to_json_object,
    update_record,
)
from pipeline.notify.messages import compose_message
from pipeline.notify.send import SendingError, send
from pipeline.workspace import Workspace
from publish.records import to_json
from publish.releases import list_version_folders
from publish.storage.backend import BusyError, MissingError, ShelfError, Storage

log = logging.getLogger(__name__)

# For how long another run of the same dataset is waited for, in seconds.
LOCK_SECONDS = 60.0


def notify_channels(workspace: Workspace, dataset: Dataset, observations: Observations) -> tuple[NewsItem, ...]:
    """Send a dataset's channels what is new since the last run; returns what is new, sent or not.

    A record is kept for a dataset that has channels or a release; for others nothing is done. If the record cannot
    be written, it is not known what was sent before, and each channel is sent everything.
    """
    try:
        storage = workspace.shelf
        record_file = f"{dataset.id}/{RECORD_FILE}"
        if not (dataset.notify or storage.has(record_file) or list_version_folders(storage, dataset.id)):
            return ()
        with storage.lock(dataset.id, wait=LOCK_SECONDS):
            return _update_and_send(storage, dataset, observations, workspace.site)
    except BusyError as error:
        log.warning("%s; no message was sent about this run", error)
    except ShelfError as error:
        if dataset.notify and observations.incidents:
            log.warning("the record of messages cannot be written (%s); sending all", error)
            update = update_record(IncidentRecord(), observations, _list_channels(dataset), read_clock())
            _send_unsent(dataset, update.record, None)
    return ()


def _update_and_send(
    storage: Storage, dataset: Dataset, observations: Observations, site: str | None
) -> tuple[NewsItem, ...]:
    before = _read_record(storage, dataset.id)
    update = update_record(before, observations, _list_channels(dataset), read_clock())
    _write_record(storage, dataset.id, before, update.record)
    after = _send_unsent(dataset, update.record, site)
    try:
        _write_record(storage, dataset.id, update.record, after)
    except ShelfError as error:
        log.warning("%s; the next run sends it again", error)
    return update.news


def _read_record(storage: Storage, dataset_id: str) -> IncidentRecord:
    """The record so far; an empty one if there is none, or none that can be read. Raises ShelfError."""
    name = f"{dataset_id}/{RECORD_FILE}"
    try:
        return parse_record(storage.read(name))
    except MissingError:
        return IncidentRecord()
    except ValueError as error:
        log.warning("%s: is not a record of incidents (%s); a new one is begun", storage.describe(name), error)
        return IncidentRecord()


def _write_record(storage: Storage, dataset_id: str, before: IncidentRecord, now: IncidentRecord) -> None:
    if now != before:
        storage.replace(f"{dataset_id}/{RECORD_FILE}", to_json(to_json_object(dataset_id, now)))


def _list_channels(dataset: Dataset) -> dict[str, list[str]]:
    return {
        topic: [hash_address(channel.address) for channel in dataset.notify if topic in channel.on]
        for topic in ("trouble", "published")
    }


def _send_unsent(dataset: Dataset, record: IncidentRecord, site: str | None) -> IncidentRecord:
    """Send each channel one message with what it has not been sent; the record afterwards."""
    for index, channel in enumerate(dataset.notify):
        channel_id = hash_address(channel.address)
        unsent = list_unsent(record, channel_id, channel.on)
        if not unsent:
            continue
        try:
            send(channel.address, compose_message(dataset.id, unsent, site))
        except SendingError as error:
            log.warning("datasets/%s.yaml: notify[%d]: %s; it is sent by the next run", dataset.id, index, error)
            continue
        except Exception as error:  # noqa: BLE001 (nothing of it fails a run; what it says may hold the address)
            what = f"a defect of this program ({type(error).__name__})"
            log.warning("datasets/%s.yaml: notify[%d]: %s; it is sent by the next run", dataset.id, index, what)
            continue
        record = mark_sent(record, channel_id, unsent)
    return record
