"""Temporary folders of this machine for files that are sent to an object store or come from it.

A folder is named after its process, so that what a killed run left can be removed by the next one.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publish.storage.backend import ShelfError
from publish.storage.lease import identify_process, read_process_start


@contextmanager
def create_temporary_folder() -> Iterator[Path]:
    """A folder of this machine for as long as the block lasts. Raises ShelfError where none can be made."""
    process = identify_process()
    prefix = _make_prefix(str(process.pid), str(process.begun))
    try:
        folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
    except OSError as error:
        raise make_temporary_error(error) from error
    with folder as path:
        yield Path(path)


def write_temporary(folder: Path, name: str, content: bytes) -> Path:
    """A file in a temporary folder, called as the object will be: by the name the client knows the media type."""
    path = folder / name.rpartition("/")[2]
    try:
        folder.mkdir(exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise make_temporary_error(error) from error
    return path


def remove_leftovers() -> None:
    """Remove the folders of processes that are gone."""
    for leftover in Path(tempfile.gettempdir()).glob(f"{_make_prefix('*', '*')}*"):
        pid, started = leftover.name.split("-")[3:5]
        if read_process_start(int(pid)) != started:
            shutil.rmtree(leftover, ignore_errors=True)


def make_temporary_error(error: OSError) -> ShelfError:
    """The error that the folder for temporary files cannot be written."""
    what = f"cannot be written ({error.strerror or error})"
    return ShelfError(what, tempfile.gettempdir(), "check the free space, or name another folder in TMPDIR")


def _make_prefix(pid: str, started: str) -> str:
    """How temporary folders of a process are named, so that another process of this machine sees that it is gone."""
    here = identify_process()
    machine = hashlib.sha256(f"{here.host} {here.machine}".encode()).hexdigest()[:12]
    return f"policytasks-shelf-{machine}-{pid}-{started}-"
