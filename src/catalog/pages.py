"""Decides which pages have to be written, and writes them: cost follows change.

In: pages, each a name, a key and a function that makes its bytes. Out: the files whose key is new, and the record of
all keys (`pages.json`). A key is a hash of what the page shows, of its template, of the words of its language, and of
the modules that make it: what Python words or lays out (summaries, marks, figures, JSON-LD) is a part of the template,
so a page is written again if that changes. A page whose key is on record is neither made nor written again. The
record is written last: pages that a killed run wrote without it are written again by the next run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from publish.records import parse_json, to_json
from publish.storage.backend import MissingError, Storage

RECORD = "pages.json"
LANGUAGES = {"en": "English", "zh": "中文"}
SOURCES = Path(__file__).parents[1]
# Modules of this layer that read the shelf or write pages: what a page says does not follow from their code.
PLUMBING = frozenset({"catalog.pages", "catalog.view"})
# Modules of other layers that word what a page says. All others only give data, and data are in the keys.
WORDING = frozenset({"publish.data_catalog", "publish.change_summary", "transform.schema"})
# A module that another imports from, and the names that it imports.
IMPORT = re.compile(r"^ *from ([\w.]+) import (\([^)]*\)|.*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the catalog: its name below the shelf's root, the key of what it is made from, and its maker."""

    name: str
    key: str
    make: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """How many pages were written, how many were kept as they were, and how many were removed."""

    written: int
    kept: int
    removed: int


def localise_name(lang: str, name: str) -> str:
    """The name of a page in a language."""
    return name if lang == "en" else f"{lang}/{name}"


def hash_values(*parts: Any) -> str:
    """A key from values that JSON can hold, and from records, which have all their fields in their text."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()[:20]


@cache
def hash_page_code(module: str) -> str:
    """Hash of the source of a module that makes pages, and of the modules that it takes words and shapes from.

    These are the modules of the catalog that it imports, directly or through others, but those of `PLUMBING`, and the
    modules of `WORDING` among their imports.
    """
    digest = hashlib.sha256()
    for name in sorted(_collect_imports(module, set())):
        digest.update(_locate_source(name).read_bytes())
    return digest.hexdigest()[:20]


def hash_everything() -> str:
    """Hash of all files of `catalog` and `publish`; if it is the same, no page key differs because of the code."""
    digest = hashlib.sha256()
    for path in sorted(path for layer in ("catalog", "publish") for path in (SOURCES / layer).rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and "node_modules" not in path.parts:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _collect_imports(module: str, seen: set[str]) -> set[str]:
    """The module, and the modules whose code its pages follow from; `seen` are those collected before."""
    seen.add(module)
    for source, words in IMPORT.findall(_locate_source(module).read_text(encoding="utf-8")):
        for name in {source, *(f"{source}.{word}" for word in re.findall(r"\w+", words))} - seen - PLUMBING:
            if name in WORDING:
                seen.add(name)
            elif name.startswith("catalog.") and _locate_source(name).is_file():
                _collect_imports(name, seen)
    return seen


def _locate_source(module: str) -> Path:
    return SOURCES.joinpath(*module.split(".")).with_suffix(".py")


def write_pages(storage: Storage, folder: str, pages: Iterable[Page], existing: Collection[str]) -> WriteResult:
    """Write the pages that are new or whose key changed, and remove those that are on record and no longer made.

    `folder` holds the record, empty for the root; `existing` are the names of the files on the shelf, below the root.
    Call it with the folder locked. Raises ShelfError, and whatever a maker raises.
    """
    record = read_record(storage, folder)
    wanted = {page.name: page for page in pages}
    changed = [page for page in wanted.values() if record.get(page.name) != page.key or page.name not in existing]
    obsolete = sorted(record.keys() - wanted.keys())
    if changed:
        storage.put_all((page.name, page.make()) for page in changed)
    for name in obsolete:
        storage.remove(name)
    if changed or obsolete or record.keys() != wanted.keys():
        keys = {name: page.key for name, page in sorted(wanted.items())}
        storage.replace(_to_record_name(folder), to_json(keys))
    return WriteResult(len(changed), len(wanted) - len(changed), len(obsolete))


def read_record(storage: Storage, folder: str) -> Mapping[str, str]:
    """The keys of the pages on the shelf, by name; empty if the record is missing or damaged."""
    try:
        record = parse_json(storage.read(_to_record_name(folder)))
    except (MissingError, ValueError):
        return {}
    return record if isinstance(record, dict) and all(isinstance(key, str) for key in record.values()) else {}


def _to_record_name(folder: str) -> str:
    return f"{folder}/{RECORD}" if folder else RECORD


def list_root_files(storage: Storage) -> set[str]:
    """The names of the files on record at the root that are on the shelf. Raises ShelfError."""
    assets = {f"assets/{name}" for name in storage.list_files("assets")}
    return assets | {name for name in read_record(storage, "") if not name.startswith("assets/") and storage.has(name)}
