"""The record of a dataset's incidents, `troubles.json`: what needs a person, since when, and who was notified. Pure.

In: the record so far, what a run observed, and the channels that want messages. Out: the record after the run. An
incident is in it once for as long as it lasts, so that its beginning is sent once and its end once. The record lies
beside the releases, so that a run on any machine knows it. It is public, so a channel is named in it by a hash.

An item counts as sent when a channel took the message; until then each run tries again.

    {"dataset": "…",
     "troubles": [{"about": "source:cq-2025", "line": "…", "since": "2026-03-01T06:00:00Z", "told": ["0f3a…"]}],
     "pending": [{"kind": "mended", "about": "…", "line": "…", "since": "…", "ended": "…", "owed": ["0f3a…"]}]}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from config.timestamps import format_timestamp
from publish.source_status import SourceStatus

RECORD_FILE = "troubles.json"
# What an incident can be about: the first part of `Incident.about`.
SOURCE, RELEASE, RUN, SHELF = "source", "release", "run", "shelf"
INCIDENT_STATES = frozenset(["stale", "broken"])
# A channel that took no message for so many versions is sent the last ones only.
MAX_UNSENT_VERSIONS = 20

Kind = Literal["trouble", "mended", "published"]
# The ids of channels, by the topic that they want: "trouble" or "published".
ChannelsByTopic = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that needs a person: `about` is `source:<id>`, `release:<check>`, `run:<error>` or `shelf`."""

    about: str
    line: str


@dataclass(frozen=True, slots=True)
class Observations:
    """What a run observed: the incidents of the kinds that it could judge, and the version that it published."""

    judged: frozenset[str]
    incidents: tuple[Incident, ...] = ()
    version: str | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class NewsItem:
    """Something that is sent once to each channel: an incident, the end of an incident, or a version.

    `about` of a version is its number. `sent_to` are the channels that know of an ongoing incident, `unsent_to` those
    that have not been sent an item of the other kinds yet.
    """

    kind: Kind
    about: str
    line: str
    since: datetime
    ended: datetime | None = None
    sent_to: tuple[str, ...] = ()
    unsent_to: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        """The topic under which a channel asks for this, as in `notify: on:` of a dataset's file."""
        return "published" if self.kind == "published" else "trouble"


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """Ongoing incidents, and the other items that some channel has not been sent yet."""

    ongoing: tuple[NewsItem, ...] = ()
    pending: tuple[NewsItem, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordUpdate:
    """The record after a run, and the items that are new in it, whether or not a channel wants them."""

    record: IncidentRecord
    news: tuple[NewsItem, ...]


def hash_address(address: str) -> str:
    """The id of a channel in the record: a hash, since the record is public."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def find_source_incidents(
    statuses: Iterable[SourceStatus], failures: Iterable[str], *, scheduled: bool
) -> list[Incident]:
    """Sources that need a person's attention.

    With a schedule, a failure becomes an incident when it has made the source stale. Without a schedule no source
    ever becomes stale, so each failure is an incident.
    """
    lines = {line.partition(":")[0]: line for line in reversed(list(failures))}
    return [
        Incident(
            f"{SOURCE}:{status.source_id}",
            lines.get(status.source_id) or f"{status.source_id}: {status.state}: {status.why}",
        )
        for status in statuses
        if status.state in INCIDENT_STATES or (status.source_id in lines and not scheduled)
    ]


def update_record(
    record: IncidentRecord, observations: Observations, channels: ChannelsByTopic, now: datetime
) -> RecordUpdate:
    """The record after a run; `channels` are the ids of the channels that want messages, by topic."""
    earlier = {item.about: item for item in record.ongoing}
    end_unsent = {item.about: item.unsent_to for item in record.pending if item.kind == "mended"}
    ongoing, new = [], []
    for incident in {incident.about: incident for incident in observations.incidents}.values():
        item = earlier.pop(incident.about, None)
        if item is None:
            # A channel that never got the message of an incident's end still has the message of its beginning.
            sent_to = end_unsent.get(incident.about, ())
            item = NewsItem("trouble", incident.about, incident.line, now, sent_to=sent_to)
            new.append(item)
        ongoing.append(replace(item, line=incident.line))
    ended = []
    for item in earlier.values():
        if item.about.partition(":")[0] in observations.judged:
            ended.append(replace(item, kind="mended", ended=now, sent_to=(), unsent_to=item.sent_to))
        else:
            ongoing.append(item)
    published = []
    if observations.version is not None:
        unsent_to = tuple(channels.get("published", ()))
        published = [NewsItem("published", observations.version, observations.summary, now, unsent_to=unsent_to)]
    returned = {item.about for item in ongoing}
    still_pending = [item for item in record.pending if not (item.kind == "mended" and item.about in returned)]
    pending = [_keep_channels(item, channels) for item in (*still_pending, *ended, *published)]
    updated = IncidentRecord(tuple(ongoing), _drop_old_versions(item for item in pending if item.unsent_to))
    return RecordUpdate(updated, (*new, *ended, *published))


def list_unsent(record: IncidentRecord, channel_id: str, topics: Collection[str]) -> list[NewsItem]:
    """Items that a channel has not been sent yet, of the topics that it wants."""
    return [
        *(item for item in record.ongoing if item.topic in topics and channel_id not in item.sent_to),
        *(item for item in record.pending if channel_id in item.unsent_to),
    ]


def mark_sent(record: IncidentRecord, channel_id: str, sent: Sequence[NewsItem]) -> IncidentRecord:
    """The record after a message with the items `sent` was taken by a channel."""
    ongoing = tuple(
        replace(item, sent_to=(*item.sent_to, channel_id)) if item in sent else item for item in record.ongoing
    )
    pending = (
        replace(item, unsent_to=tuple(other for other in item.unsent_to if other != channel_id))
        if item in sent
        else item
        for item in record.pending
    )
    return IncidentRecord(ongoing, tuple(item for item in pending if item.unsent_to))


def to_json_object(dataset_id: str, record: IncidentRecord) -> dict[str, Any]:
    """The record as a JSON object, the content of `troubles.json`."""
    return {
        "dataset": dataset_id,
        "troubles": [{**_describe_item(item), "told": list(item.sent_to)} for item in record.ongoing],
        "pending": [
            {"kind": item.kind, **_describe_item(item), "owed": list(item.unsent_to)} for item in record.pending
        ],
    }


def parse_record(content: bytes) -> IncidentRecord:
    """The record in the bytes of `troubles.json`. Raises ValueError if they do not hold a record."""
    try:
        document = json.loads(content)
        ongoing = tuple(_parse_item({**row, "kind": "trouble"}) for row in document["troubles"])
        return IncidentRecord(ongoing, tuple(_parse_item(row) for row in document["pending"]))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _drop_old_versions(pending: Iterable[NewsItem]) -> tuple[NewsItem, ...]:
    """Pending items without all but the last MAX_UNSENT_VERSIONS published versions."""
    items = list(pending)
    old = [item for item in items if item.kind == "published"][:-MAX_UNSENT_VERSIONS]
    return tuple(item for item in items if item not in old)


def _keep_channels(item: NewsItem, channels: ChannelsByTopic) -> NewsItem:
    """An item without those channels that do not want its topic any more."""
    wanted = channels.get(item.topic, ())
    return replace(item, unsent_to=tuple(channel_id for channel_id in item.unsent_to if channel_id in wanted))


def _describe_item(item: NewsItem) -> dict[str, str]:
    times = {"since": item.since, "ended": item.ended}
    dated = {name: format_timestamp(moment) for name, moment in times.items() if moment is not None}
    return {"about": item.about, "line": item.line, **dated}


def _parse_item(row: Mapping[str, Any]) -> NewsItem:
    since, ended = (datetime.fromisoformat(row[name]) if row.get(name) else None for name in ("since", "ended"))
    sent_to, unsent_to = (tuple(map(str, row.get(name, ()))) for name in ("told", "owed"))
    if row["kind"] not in ("trouble", "mended", "published") or since is None:
        raise ValueError(f"{row['about']}: is not a news item")
    return NewsItem(row["kind"], str(row["about"]), str(row["line"]), since, ended, sent_to, unsent_to)
