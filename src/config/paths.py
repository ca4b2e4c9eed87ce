"""The user's cache folder, which may be deleted at the cost of time only; and files that appear whole."""

from __future__ import annotations

import atexit
import fcntl
import glob
import logging
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

import platformdirs

from config.errors import PolicyTasksError

log = logging.getLogger(__name__)

# How the name of a file ends that is not whole yet.
PARTIAL = ".partial"
# Seconds that one writer waits for another that has locked the same folder: each holds it for milliseconds.
LOCK_SECONDS = 30.0
# Seconds between two tries to lock a folder.
LOCK_PAUSE = 0.01


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for the new content of `path`; it takes the name of `path` in one step as the block ends well.

    Two writers at once do no harm: each writes a file of its own, which it holds locked, and the last one to end stays.
    What a killed writer left is removed. Raises OSError, which names `path`.
    """
    try:
        _remove_leftovers(path)
        partial, file = _open_partial(path)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        if error.errno is None or (error.filename is not None and not str(error.filename).endswith(PARTIAL)):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error  # writing to a file does not say to which


def _open_partial(path: Path) -> tuple[Path, BinaryIO]:
    """A new file beside `path`, locked until it is closed."""
    while True:
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PARTIAL}")
        file = partial.open("xb")
        with suppress(OSError):  # a file system without locks: nobody removes the file either
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return partial, file
        file.close()  # another writer took it for a leftover before it was locked


def _remove_leftovers(path: Path) -> None:
    """Remove what writers of `path` left that were killed: their locks ended with them."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*{PARTIAL.removeprefix('.')}"):
        with suppress(OSError):
            descriptor = os.open(leftover, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink()
            finally:
                os.close(descriptor)


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Keep others that lock this folder waiting while the block runs.

    Raises PolicyTasksError if one of them holds it for LOCK_SECONDS, and OSError.
    """
    descriptor, end = os.open(folder, os.O_RDONLY | os.O_CLOEXEC), time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    what = f"another run has been writing here for {LOCK_SECONDS:.0f} s"
                    raise PolicyTasksError(what, str(folder), "wait for that run, or end it") from None
                time.sleep(LOCK_PAUSE)
            except OSError:  # a file system without locks of folders
                break
            else:
                break
        yield
    finally:
        os.close(descriptor)


def rename_aside(path: Path) -> None:
    """Rename what lies in the place of a file or folder of the cache, and is not what this program makes."""
    aside = path.with_name(f"unusable-{time.time_ns()}")
    log.info("%s is not as this program makes it; it is renamed to %s, and made anew", path, aside.name)
    with suppress(FileNotFoundError):
        path.rename(aside)


def locate_cache_folder() -> Path:
    """The folder for what can be made again: `POLICYTASKS_CACHE`, else the user's cache folder.

    It is created if missing, closed to other users. If it cannot be written to, or everybody may write to it, it is a
    folder of the user's among the temporary files: several processes share this folder to keep their distance from a
    host, so there has to be one. Where another user has made that, it is a folder of this process alone.
    """
    setting = os.environ.get("POLICYTASKS_CACHE")
    folder = Path(setting) if setting else platformdirs.user_cache_path("policytasks")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        is_usable = False
    else:
        is_usable = os.access(folder, os.W_OK | os.X_OK) and not folder.stat().st_mode & stat.S_IWOTH
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
