"""Taking a version back: its number stays given and listed, notices stand in place of its files.

A version that was damaged, or is gone, can be withdrawn too: what it was is taken from the release index then.

No program shall take the notice for data: under the names of tables stands a text that a reader of Parquet or of CSV
with columns refuses. `datapackage.json` and the other JSON files stay JSON; `withdrawn.json` keeps the checksums that
the files had, by which a copy elsewhere is recognised, and the ids that must not be given again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from config.timestamps import format_timestamp
from publish.consistency import (
    Tree,
    list_altered_files,
    list_release_files,
    plan_withdrawal,
    read_staged_entry,
    read_state,
    read_trusted_entry,
)
from publish.records import Descriptor, MintedId, Notice, ReleaseEntry, find_newest, to_json, to_record
from publish.releases import DatasetReleases
from publish.storage.backend import CHECKSUMS, DESCRIPTOR, NOTICE, ShelfError, StagedRelease, format_checksums

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


def withdraw(releases: DatasetReleases, version: str, *, reason: str, when: datetime, ids: Sequence[MintedId]) -> None:
    """Withdraw a version; call it with the dataset locked. Later reading needs a new snapshot.

    Its files are replaced by a notice, `latest/` moves back to the newest version that is not withdrawn; if there is
    none, `latest/` is removed. `ids` are kept in the notice as they are; `when` is UTC. Raises ShelfError, also if
    the version that would become the newest is not as it was published.
    """
    descriptor = releases.describe_version(version)
    if withdrawal := descriptor.withdrawn:
        what = f"was withdrawn already, {withdrawal.at} ({withdrawal.reason})"
        raise ShelfError(what, releases.describe(version))
    checksums = releases.read_listed_checksums(version)
    kept = {name: digest for name, digest in checksums.items() if name != CHECKSUMS}
    minted = [minted.record for minted in ids]
    notice = {"version": version, "reason": reason, "at": format_timestamp(when), "sha256": kept, "ids": minted}
    replace_by_notice(releases, descriptor, to_record(Notice, notice))


def replace_by_notice(releases: DatasetReleases, descriptor: Descriptor, notice: Notice) -> None:
    """Put a notice in place of a version, and in the index; move `latest/` back. Raises ShelfError."""
    storage, version = releases.storage, notice.version
    tree = list_release_files(storage, releases.dataset_id)
    others = _read_other_entries(releases, version, tree)
    state, damage = read_state(releases, others, tree), _find_newest_damage(releases, others, tree)
    with storage.open_staging(releases.dataset_id, version) as folder:
        for name, content in make_notice_files(descriptor, notice).items():
            (folder / name).write_bytes(content)
        _, entry = read_staged_entry(folder)
        staged = StagedRelease(version, folder)
        change = plan_withdrawal(state, entry, staged, damage=damage, repair_hint=storage.repair_hint)
        storage.apply(releases.dataset_id, change)


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


def _read_other_entries(releases: DatasetReleases, version: str, tree: Tree) -> list[ReleaseEntry]:
    others = [number for number in releases.expected_versions if number != version]
    if not releases.storage.has_atomic_folders:
        return [releases.entries[number] for number in others]
    return [read_trusted_entry(releases, number, tree) for number in others]


def _find_newest_damage(releases: DatasetReleases, entries: Sequence[ReleaseEntry], tree: Tree) -> str | None:
    """The first altered file of the newest of some versions, as messages state it; all its files are read."""
    newest = find_newest(entries)
    if newest is None:
        return None
    storage, folder = releases.storage, f"{releases.dataset_id}/{newest.version}"
    altered = list_altered_files(storage, folder, newest.checksums, tree.get(newest.version, {}))
    return next((storage.describe(f"{folder}/{name}") for name in altered), None)


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
