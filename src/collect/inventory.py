"""The inventory of a source: what the archive holds of it, compared with its records and with what releases need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collect.archive import (
    CAPTURE,
    PARTIAL,
    ArchiveError,
    Capture,
    has_bytes,
    read_bytes,
    read_captures,
    read_checks,
    read_removals,
)
from collect.records import display_path


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the archive holds of one source.

    `captures` are those on record, oldest first; `used` has the versions made from each capture, by its SHA-256;
    `problems` has a line for each file that is missing, altered or not on record.
    """

    source_id: str
    captures: tuple[Capture, ...]
    used: Mapping[str, Sequence[str]]
    bytes_stored: int
    checks: int
    removed: int
    problems: tuple[str, ...]

    @property
    def distinct(self) -> set[str]:
        """The ids of the captures; the same bytes count once."""
        return {capture.capture_id for capture in self.captures}

    @property
    def in_releases(self) -> set[str]:
        """The ids of the captures that a version was made from."""
        return self.distinct & set(self.used)

    def to_object(self) -> dict[str, Any]:
        """The inventory as a JSON object."""
        captures = [
            {**CAPTURE.dump_python(capture, mode="json"), "used_by": list(self.used.get(capture.capture_id, ()))}
            for capture in self.captures
        ]
        return {
            "source_id": self.source_id,
            "bytes": self.bytes_stored,
            "checks": self.checks,
            "removed": self.removed,
            "captures": captures,
        }


def take_inventory(raw: Path, source_id: str, used: Mapping[str, Sequence[str]], *, verify: bool = False) -> Inventory:
    """The inventory of a source; if `verify`, every byte is read. Raises ArchiveError if a record cannot be read."""
    captures = read_captures(raw, source_id)
    files = {capture.file_name: capture for capture in captures}
    folder = raw / source_id
    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()} if folder.is_dir() else {}
    strays = [name for name in sorted(sizes) if name not in files and not name.endswith((".jsonl", PARTIAL))]
    problems = [line for capture in files.values() if (line := _find_problem(raw, capture, verify=verify))]
    problems += [
        f"{display_path(raw, folder / name)}: is not on record; a killed run may have left it" for name in strays
    ]
    return Inventory(
        source_id=source_id,
        captures=tuple(captures),
        used=used,
        bytes_stored=sum(sizes.get(name, 0) for name in files),
        checks=len(read_checks(raw, source_id)),
        removed=len(read_removals(raw, source_id)),
        problems=tuple(problems),
    )


def _find_problem(raw: Path, capture: Capture, *, verify: bool) -> str | None:
    try:
        if verify or not has_bytes(raw, capture):
            read_bytes(raw, capture)
    except ArchiveError as error:
        return str(error)
    return None
