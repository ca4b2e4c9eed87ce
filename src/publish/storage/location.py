"""Where the shelf is, by one setting: the environment variable POLICYTASKS_SHELF, a path or a URL.

And its address on the web, by another: POLICYTASKS_SITE. A setting comes in, a storage or an address goes out.
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
MISWRITTEN_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:/(?!/)|[^/]*:///|.*::")
# What may be a user with a password, or a key: also in a URL with one slash or none, which would be a path.
SECRET = re.compile(r"[^/]*:.*@|//+[^/@]*:[^/]*@|[^/]*:/.*\?", re.DOTALL)
# The same, for URLs in which a user has a meaning of its own: a container of Azure, an account at the host.
SECRET_BESIDE_USER = re.compile(r"[^/]*://[^/@]*:.*@|.*\?", re.DOTALL)
WITH_USER = ("abfs://", "abfss://", "sftp://", "ssh://")
SHELF_HINT = "write a path, or a URL such as s3://bucket/prefix"


def open_storage(setting: str | None, default: Path, *, excluded: Collection[Path] = ()) -> Storage:
    """The storage that the setting names, or the folder `default` if it is not set.

    Raises ShelfError if this machine cannot open what it names, or it names one of the folders `excluded`.
    """
    if not setting:
        return Disk(default)
    folder = to_folder(setting, excluded)
    if folder is not None:
        return Disk(folder)
    from publish.storage.object_store import open_store  # a shelf on a disk needs no client of a store

    return open_store(setting)


def to_folder(setting: str, excluded: Collection[Path] = ()) -> Path | None:
    """The folder that the setting names, None if it is the URL of a store; nothing is opened.

    Raises ShelfError if it is neither, or a folder within, or just above, one of those `excluded`.
    """
    _refuse_miswritten(setting)
    scheme = next((scheme for scheme in ON_DISK if setting.startswith(scheme)), None)
    if scheme is None and "://" in setting:
        return None
    path = setting.removeprefix(scheme or "")
    if not path:
        raise ShelfError(f"{setting!r} names no folder", SHELF_VARIABLE, SHELF_HINT)
    try:
        folder = Path(path).expanduser().absolute()
    except RuntimeError as error:  # how pathlib reports a user without a home
        raise ShelfError(f"{setting!r} names no user of this machine", SHELF_VARIABLE, SHELF_HINT) from error
    try:
        resolved = folder.resolve()
        folder.exists()
    except (RuntimeError, OSError) as error:  # links in a circle, a name that is too long
        raise ShelfError(f"{setting!r} cannot be a folder ({error})", SHELF_VARIABLE, SHELF_HINT) from error
    for other in excluded:
        if resolved == other.resolve().parent or resolved.is_relative_to(other.resolve()):
            raise ShelfError(f"{setting!r} is where {other.name}/ is kept", SHELF_VARIABLE, "name a folder of its own")
    return folder


def to_site(setting: str | None) -> str | None:
    """The shelf's address on the web, None if it is not set. Raises ShelfError unless it is an http(s) address."""
    if not setting:
        return None
    try:
        parts = urlsplit(setting)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise _make_site_error() from None  # its text has a part of the setting
    if parts.username is not None:
        what = "holds a user or a password, which everybody could read"
        raise ShelfError(what, SITE_VARIABLE, "write it without them")
    if not is_address or parts.query or parts.fragment or not setting.isprintable() or " " in setting:
        raise _make_site_error()
    return setting


def _refuse_miswritten(setting: str) -> None:
    """Raise ShelfError if a setting holds a secret or was not meant as it is written."""
    scheme = next((scheme for scheme in ON_DISK if setting.startswith(scheme)), "")
    secret = SECRET_BESIDE_USER if setting.startswith(WITH_USER) else SECRET
    if secret.match(setting.removeprefix(scheme).strip()):
        fix = "write the URL without them, credentials come from the environment"
        raise ShelfError("holds a user, a password or a key", SHELF_VARIABLE, fix)
    if not setting.isprintable() or setting != setting.strip():
        raise ShelfError("has blanks at its ends, or invisible characters", SHELF_VARIABLE, SHELF_HINT)
    if not scheme and MISWRITTEN_URL.match(setting):
        raise ShelfError("is not a path or a URL", SHELF_VARIABLE, SHELF_HINT)


def _make_site_error() -> ShelfError:
    """The error without the setting, which may hold a secret."""
    return ShelfError("is not an address", SITE_VARIABLE, "write it as https://data.example.org/plans")
