"""Where the shelf stands, by one setting: the environment variable POLICYTASKS_SHELF, a path or a URL.

And the address under which it is on the web: POLICYTASKS_SITE.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from publish.storage.backend import ShelfError, Storage
from publish.storage.disk import Disk

SHELF_VARIABLE, SITE_VARIABLE = "POLICYTASKS_SHELF", "POLICYTASKS_SITE"
ON_DISK = ("file://", "local://")
# What somebody meant as a URL: with one slash or three, or one file system within another.
NEARLY = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:/(?!/)|[^/]*:///|.*::")
# A URL with a password in it, or for a bucket with a user, which has no place there at all.
SECRET = re.compile(r"[^/]*://[^/@]*:.*@|s3a?://.*@")
WRITE = "write a path, or a URL such as s3://bucket/prefix"


def open_storage(setting: str | None, default: Path, *, excluded: Collection[Path] = ()) -> Storage:
    """The place that the setting names, or the folder `default` where it is not set.

    Raises ShelfError where it names none that this machine can open, or one among the folders `apart`.
    """
    if not setting:
        return Disk(default)
    folder = folder_of(setting, excluded)
    if folder is not None:
        return Disk(folder)
    from publish.storage.object_store import open_store  # a shelf on a disk needs no client of a store

    return open_store(setting)


def folder_of(setting: str, excluded: Collection[Path] = ()) -> Path | None:
    """The folder that the setting names, None where it is the URL of a store; nothing is opened.

    Raises ShelfError where it is neither, or a folder within, or just above, one of those `apart`.
    """
    if SECRET.match(setting):
        raise ShelfError(
            f"{SHELF_VARIABLE}: holds a user or a password; "
            "write the URL without them, credentials come from the environment"
        )
    if not setting.isprintable() or setting != setting.strip():
        raise ShelfError(f"{SHELF_VARIABLE}: {setting!r} has blanks at its ends, or signs that nobody sees; {WRITE}")
    scheme = next((one for one in ON_DISK if setting.startswith(one)), None)
    if scheme is None and NEARLY.match(setting):
        raise ShelfError(f"{SHELF_VARIABLE}: {setting!r} is no place; {WRITE}")
    if scheme is None and "://" in setting:
        return None
    path = setting.removeprefix(scheme or "")
    if not path:
        raise ShelfError(f"{SHELF_VARIABLE}: {setting!r} names no folder; {WRITE}")
    try:
        folder = Path(path).expanduser().absolute()
    except RuntimeError:
        raise ShelfError(f"{SHELF_VARIABLE}: {setting!r} is the home of nobody here; {WRITE}") from None
    here = folder.resolve()
    for other in excluded:
        away = other.resolve()
        if here == away.parent or here.is_relative_to(away):
            raise ShelfError(f"{SHELF_VARIABLE}: {setting!r} is where {other.name}/ is kept; name a folder of its own")
    return folder


def site_of(setting: str | None) -> str | None:
    """The shelf's address on the web, None where it is not set. Raises ShelfError where it is no address."""
    if not setting:
        return None
    try:
        parts = urlsplit(setting)
        named = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    else:
        if parts.username is not None:
            raise ShelfError(
                f"{SITE_VARIABLE}: holds a user or a password, which everybody could read; write it without"
            )
        named = named and not parts.query and not parts.fragment
    if not named or not setting.isprintable() or " " in setting:
        raise ShelfError(f"{SITE_VARIABLE}: {setting!r} is no address; write it as https://data.example.org/plans")
    return setting
