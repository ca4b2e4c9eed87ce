"""What stands in place of a version that was withdrawn. Pure: a notice in, the files of its folder out.

No program shall take the notice for data: under the names of tables stands a text that a reader of Parquet or of CSV
with columns refuses. `datapackage.json` and the other JSON files stay JSON; `withdrawn.json` keeps the checksums that
the files had, by which a copy elsewhere is recognised, and the ids that must not be given again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from config.timestamps import format_timestamp
from publish.json_files import to_json
from publish.records import Descriptor, Record, Tuple, parse_record
from publish.storage.backend import CHECKSUMS, DESCRIPTOR, NOTICE, format_checksums

# What stays of a version's descriptor, for the release index and the catalogue.
KEPT = (
    "name",
    "version",
    "title",
    "description",
    "homepage",
    "keywords",
    "licenses",
    "contributors",
    "created",
    "schemaVersion",
    "previousVersion",
    "changeSummary",
    "contentHash",
    "rowCounts",
)


class MintedId(Record):
    """An id that only one version had, and the fingerprint of its row's words."""

    table_name: str
    row_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The withdrawal of a version: its reason, its time (UTC), the checksums of its files, and the ids it minted."""

    version: str
    reason: str
    at: datetime
    sha256: Mapping[str, str]
    ids: tuple[MintedId, ...]

    @property
    def summary(self) -> dict[str, str]:
        """Reason and time, as JSON."""
        return {"reason": self.reason, "at": format_timestamp(self.at)}


class NoticeRecord(Record):
    """`withdrawn.json`."""

    version: str
    reason: str
    at: str
    sha256: dict[str, str]
    ids: Tuple[MintedId]


def make_notice_files(descriptor: Descriptor, notice: Notice) -> dict[str, bytes]:
    """Every file of the folder, SHA256SUMS last; the same from the descriptor before and from the one made here."""
    text = _write_text(descriptor, notice)
    files = {
        name: to_json({"withdrawn": notice.summary, "notice": text}) if name.endswith(".json") else text.encode()
        for name in notice.sha256
        if name not in {CHECKSUMS, NOTICE}
    }
    kept = {key: descriptor.record[key] for key in KEPT if descriptor.record.get(key) is not None}
    files[DESCRIPTOR] = to_json({**kept, "resources": [], "withdrawn": notice.summary})
    ids = [minted.record for minted in notice.ids]
    files[NOTICE] = to_json({"version": notice.version, **notice.summary, "sha256": dict(notice.sha256), "ids": ids})
    files[CHECKSUMS] = format_checksums({name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    return files


def parse_notice(document: bytes) -> Notice:
    """The notice that a `withdrawn.json` holds. Raises ValueError."""
    record = parse_record(NoticeRecord, document)
    return Notice(record.version, record.reason, datetime.fromisoformat(record.at), record.sha256, record.ids)


def _write_text(descriptor: Descriptor, notice: Notice) -> str:
    """The notice for people. Readers of CSV stop at it: the first line has no comma and the later ones have."""
    reason = " ".join(notice.reason.split())
    return (
        f"WITHDRAWN: {descriptor.name} {notice.version} is no longer published\n"
        "\n"
        f"Withdrawn {notice.summary['at']}, for this reason, as stated by its publisher: {reason}\n"
        "What stood here must not be used, cited, or passed on. "
        "See releases.json, one folder above, for the versions that stand.\n"
    )
