"""What stands in place of a version that was withdrawn. Pure: a notice in, the files of its folder out.

No program shall take the notice for data: under the names of tables stands a text that a reader of Parquet or of CSV
with columns refuses. `datapackage.json` and the other JSON files stay JSON; `withdrawn.json` keeps the checksums that
the files had, by which a copy elsewhere is recognised, and the ids that must not be given again.
"""

from __future__ import annotations

import hashlib

from pydantic import AwareDatetime, Field

from publish.json_files import to_json
from publish.records import Descriptor, Record, Tuple
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


class Notice(Record):
    """`withdrawn.json`: a version, why and when (UTC) it was withdrawn, its files' checksums, and the ids it minted."""

    version: str
    reason: str
    at: AwareDatetime = Field(strict=False)
    sha256: dict[str, str]
    ids: Tuple[MintedId]


def make_notice_files(descriptor: Descriptor, notice: Notice) -> dict[str, bytes]:
    """Every file of the folder, SHA256SUMS last; the same from the descriptor before and from the one made here."""
    text, summary = _write_text(descriptor, notice), {key: notice.record[key] for key in ("reason", "at")}
    files = {
        name: to_json({"withdrawn": summary, "notice": text}) if name.endswith(".json") else text.encode()
        for name in notice.sha256
        if name not in {CHECKSUMS, NOTICE}
    }
    kept = {key: descriptor.record[key] for key in KEPT if descriptor.record.get(key) is not None}
    files[DESCRIPTOR] = to_json({**kept, "resources": [], "withdrawn": summary})
    files[NOTICE] = to_json(notice.record)
    files[CHECKSUMS] = format_checksums({name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    return files


def _write_text(descriptor: Descriptor, notice: Notice) -> str:
    """The notice for people. Readers of CSV stop at it: the first line has no comma and the later ones have."""
    reason = " ".join(notice.reason.split())
    return (
        f"WITHDRAWN: {descriptor.name} {notice.version} is no longer published\n"
        "\n"
        f"Withdrawn {notice.record['at']}, for this reason, as stated by its publisher: {reason}\n"
        "What stood here must not be used, cited, or passed on. "
        "See releases.json, one folder above, for the versions that stand.\n"
    )
