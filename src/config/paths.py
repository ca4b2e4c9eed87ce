"""The user's cache folder, which may be deleted at the cost of time only; and files that appear whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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

    It is created if missing. If it cannot be written to, it is a folder of the user's among the temporary files:
    several processes share this folder to keep their distance from a host, so there has to be one.
    """
    setting = os.environ.get("POLICYTASKS_CACHE")
    folder = Path(setting) if setting else platformdirs.user_cache_path("policytasks")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        is_usable = False
    else:
        is_usable = os.access(folder, os.W_OK | os.X_OK)
    return folder if is_usable else Path(tempfile.gettempdir()) / f"policytasks-{os.getuid()}"
