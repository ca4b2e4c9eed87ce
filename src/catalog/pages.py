"""Pages in, those that have to be written on the shelf out; cost follows change.

A page is a name, a key and a way to make it. The key is a hash of all that the page is made from, so that a page whose
key is on record is neither made nor written again. The record (`pages.json`) is written last: what a killed run wrote
without it, the next one writes again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import publish
from publish.release_index import parse_json, to_json
from publish.storage.backend import MissingError, Storage

RECORD = "pages.json"
LANGUAGES = {"en": "English", "zh": "中文"}
# Made once: a key is made for each page in each run.
_AS_TEXT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str).encode


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the catalog: its name below the shelf's root, the key of what it is made from, and its maker."""

    name: str
    key: str
    make: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was done: how many pages were written, how many stand as they were, how many were taken away."""

    written: int
    kept: int
    removed: int


def name_in(lang: str, name: str) -> str:
    """The name of a page in a language."""
    return name if lang == "en" else f"{lang}/{name}"


def key_of(*parts: Any) -> str:
    """A key from whatever JSON can hold."""
    return hashlib.sha256(_AS_TEXT(parts).encode()).hexdigest()[:20]


@cache
def made_with() -> str:
    """What all pages depend on, as a hash: this room's files, the shelf's code, the engine of templates."""
    digest = hashlib.sha256(version("jinja2").encode())
    rooms = (Path(__file__).parent, Path(str(publish.__file__)).parent)
    for path in sorted(path for room in rooms for path in room.rglob("*") if path.is_file()):
        if path.suffix != ".pyc" and "node_modules" not in path.parts:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:20]


def write_pages(storage: Storage, folder: str, pages: Iterable[Page], existing: Collection[str]) -> WriteResult:
    """Write those pages that are new or made from something else now, and take away those that are none any more.

    `folder` holds the record, empty for the root; `there` are the names of the files that are on the shelf, below the
    root. Call it with the folder locked. Raises ShelfError, and whatever a maker raises.
    """
    name = _record_of(folder)
    before = read_record(storage, folder)
    wanted = {page.name: page for page in pages}
    todo = [page for page in wanted.values() if before.get(page.name) != page.key or page.name not in existing]
    gone = sorted(before.keys() - wanted.keys())
    if todo:
        storage.put_all(_make_contents(todo))
    for one in gone:
        storage.remove(one)
    if todo or gone or before.keys() != wanted.keys():
        storage.replace(name, to_json({one: page.key for one, page in sorted(wanted.items())}))
    return WriteResult(len(todo), len(wanted) - len(todo), len(gone))


def _make_contents(pages: Iterable[Page]) -> Iterator[tuple[str, bytes]]:
    return ((page.name, page.make()) for page in pages)


def read_record(storage: Storage, folder: str) -> Mapping[str, str]:
    """The keys of the pages that are on the shelf, by name; none where the record is lost or is none."""
    try:
        record = parse_json(storage.read(_record_of(folder)))
    except (MissingError, ValueError):
        return {}
    return record if isinstance(record, dict) and all(isinstance(key, str) for key in record.values()) else {}


def _record_of(folder: str) -> str:
    return f"{folder}/{RECORD}" if folder else RECORD
