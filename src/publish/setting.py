"""Where the shelf stands, by one setting: the environment variable POLICYTASKS_SHELF, a path or a URL."""

from __future__ import annotations

import re
from pathlib import Path

from publish.disk import Disk
from publish.place import Place, ShelfError

VARIABLE = "POLICYTASKS_SHELF"
ON_DISK = ("file://", "local://")
# What somebody meant as a URL: with one slash or three, or one file system within another.
NEARLY = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:/(?!/)|[^/]*:///|.*::")


def place_of(setting: str | None, default: Path) -> Place:
    """The place that the setting names, or the folder `default` where it is not set.

    Raises ShelfError where it names none that this machine can open.
    """
    if not setting:
        return Disk(default)
    for scheme in ON_DISK:
        if setting.startswith(scheme):
            return Disk(Path(setting.removeprefix(scheme)).expanduser().absolute())
    if NEARLY.match(setting):
        raise ShelfError(f"{VARIABLE}: {setting!r} is no place; write a path, or a URL such as s3://bucket/prefix")
    if "://" not in setting:
        return Disk(Path(setting).expanduser().absolute())
    from publish.object_store import open_store  # a shelf on a disk needs no client of a store

    return open_store(setting)
