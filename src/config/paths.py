"""The user's cache folder, which may be deleted at the cost of time only; and files that appear whole."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

import platformdirs


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for the new content of `path`; it takes the name of `path` in one step as the block ends well."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def locate_cache_folder() -> Path:
    """The folder for what can be made again: `POLICYTASKS_CACHE`, else the user's cache folder.

    It is created if missing, closed to other users. If it cannot be written to, it is a folder of the user's among the
    temporary files: several processes share this folder to keep their distance from a host, so there has to be one.
    Where another user has made that, it is a folder of this process alone.
    """
    setting = os.environ.get("POLICYTASKS_CACHE")
    folder = Path(setting) if setting else platformdirs.user_cache_path("policytasks")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        is_usable = False
    else:
        is_usable = os.access(folder, os.W_OK | os.X_OK)
    return folder if is_usable else _make_temporary_cache_folder()


def _make_temporary_cache_folder() -> Path:
    """The user's folder among the temporary files, where everybody may make a folder of that name."""
    folder = Path(tempfile.gettempdir()) / f"policytasks-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(exist_ok=True, mode=0o700)
        facts = folder.lstat()
        if stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o022:
            return folder
    return _make_private_folder()


@cache
def _make_private_folder() -> Path:
    """A folder of this process alone, which is removed when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="policytasks-cache-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
