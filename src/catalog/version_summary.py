"""What a version changed, in numbers, and as a line in a language.

In: the tables and descriptors of a version and of the one before it. Out: counts by table and verb, and the names of
the properties whose description differs. `versions/summaries.json` keeps them, so that no run reads the tables of
all versions again. In English the line is the summary that the version was published with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from catalog.rendering import load_words
from publish.change_notes import split_words
from publish.change_summary import ChangeCount, count_changes
from publish.datapackage import read_dataset_properties
from publish.records import Descriptor, ReleaseEntry
from transform.changes import FIRST_VERSION

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """What a version changed: rows by table and verb, and properties of the dataset by name, in words."""

    counts: tuple[ChangeCount, ...] = ()
    properties: tuple[str, ...] = ()


def summarise_version(
    tables: Tables, previous: Tables, descriptor: Descriptor, previous_descriptor: Descriptor
) -> VersionSummary:
    """What a version changed; properties are compared only if the version before it was not withdrawn."""
    counts = tuple(count_changes(tables["changes"], tables["areas"]))
    if previous_descriptor.withdrawn:
        return VersionSummary(counts)
    before, after = read_dataset_properties(previous_descriptor.record), read_dataset_properties(descriptor.record)
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if not previous["corrections"].equals(tables["corrections"]):
        names.add("corrections")
    return VersionSummary(counts, tuple(map(split_words, sorted(names))))


def parse_summaries(document: Any) -> dict[str, VersionSummary]:
    """The summaries of a `summaries.json` by version; empty if it is damaged."""
    try:
        return {
            str(version): VersionSummary(
                tuple(ChangeCount(**{**count, "areas": tuple(count["areas"])}) for count in summary["counts"]),
                tuple(map(str, summary["properties"])),
            )
            for version, summary in document.items()
        }
    except (AttributeError, KeyError, TypeError):
        return {}


def format_summary(entry: ReleaseEntry, summary: VersionSummary, lang: str) -> str:
    """What a version changed, in one line; `entry` is the version's entry in `releases.json`."""
    if lang == "en":
        return entry.summary
    translate = load_words(lang).gettext
    if entry.previous_version is None:
        return translate("first release" if entry.version == FIRST_VERSION else "first release that stands")
    tables: dict[str, list[str]] = {}
    for count in summary.counts:
        text = translate(f"%(number)s {count.table} {count.verb}") % {"number": f"{count.number:,}"}
        where = f"（{', '.join(count.areas)}）" if count.areas else ""
        tables.setdefault(count.table, []).append(text + where)
    parts = ["，".join(texts) for texts in tables.values()]
    if summary.properties:
        parts.append(translate("metadata: %(names)s") % {"names": "，".join(map(translate, summary.properties))})
    return "；".join(parts) or translate(entry.summary)
