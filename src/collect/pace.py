"""Turns at a host: one request at a time, with a pause between, across all threads and processes of a user.

The next free moment of each host is written in a small file of its own in the user's cache folder, such as
`turns/example.org%3A8080`. A request takes the lock on that file, reads when the host is free, writes when it will be
free after this request, and then waits for its turn without the lock. So turns are given in order, and a process that
is killed holds up nobody.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from collect.records import lock_file
from config.errors import PolicyTasksError
from config.paths import rename_aside

# The longest pause that a server is granted (a day, in seconds). A later moment was written by a wrong clock.
LONGEST_DEFERRAL = 86_400.0
# A turn file is locked for one read and one write. Longer than this, the process that holds it must have been stopped.
LOCK_SECONDS = 30.0
# File systems take names of 255 bytes; a server may redirect to a host of any length.
LONGEST_NAME = 200


class TooEarlyError(RuntimeError):
    """The host must not be contacted before `until` (seconds since the epoch), which is later than the caller waits."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = until


class TurnFileError(PolicyTasksError):
    """The folder of the turns cannot be written to: no host is asked, since others may be asking it."""


def take_turn(folder: Path, host: str, delay: float, *, max_wait: float, wait: Callable[[float], object]) -> None:
    """Wait for the next turn at `host`, and reserve the `delay` seconds after it.

    `wait` is called with the seconds to wait. Raises TooEarlyError, without taking a turn, if they are more than
    `max_wait` or another process has locked the host's file for LOCK_SECONDS, and TurnFileError.
    """
    if not delay and not os.path.exists(f"{folder}/{_name_turn_file(host)}"):  # noqa: PTH110 (called for every request)
        return  # no delay here, and no server has asked for one
    with _lock_turn_file(folder, host) as file:
        now = time.time()
        turn = max(now, _read_free_at(file, now))
        if turn - now > max_wait:
            raise TooEarlyError(turn)
        _write_free_at(file, turn + delay)
    if turn > now:
        wait(turn - now)


def defer_host(folder: Path, host: str, seconds: float) -> None:
    """Keep all requests to `host` back for so many seconds, as its server asked for.

    Raises TooEarlyError if another process has locked the host's file for LOCK_SECONDS.
    """
    with _lock_turn_file(folder, host) as file:
        now = time.time()
        _write_free_at(file, max(_read_free_at(file, now), now + min(seconds, LONGEST_DEFERRAL)))


@contextmanager
def _lock_turn_file(folder: Path, host: str) -> Iterator[int]:
    """The descriptor of a host's file, locked while the block runs. Raises TooEarlyError if another one holds it."""
    try:
        file = _open_turn_file(folder, folder / _name_turn_file(host))
        try:
            lock_file(file, LOCK_SECONDS)
            yield file
        finally:
            os.close(file)
    except TimeoutError as error:
        raise TooEarlyError(time.time() + LOCK_SECONDS) from error
    except OSError as error:
        what = f"the turns of hosts cannot be written there, a fault of this machine ({error.strerror or error})"
        raise TurnFileError(
            what, str(folder), "make room there, or name another folder as POLICYTASKS_CACHE"
        ) from error


def _open_turn_file(folder: Path, path: Path) -> int:
    """The descriptor of a turn file, which is made if missing; what lies in its place and is no file is set aside."""
    for _ in range(3):
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
        except (IsADirectoryError, NotADirectoryError):
            rename_aside(folder if not folder.is_dir() else path)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENXIO, errno.EACCES):
                raise
            rename_aside(path)
        else:
            if stat.S_ISREG(os.fstat(file).st_mode):
                return file
            os.close(file)
            rename_aside(path)
    raise NotADirectoryError(errno.ENOTDIR, "no file can be made there", str(path))


def _name_turn_file(host: str) -> str:
    """The name of a host's turn file: the host, quoted, or a hash of it where that cannot be a name."""
    name = quote(host, safe="", errors="replace")
    is_name = len(name) <= LONGEST_NAME and not name.startswith(".")
    return name if is_name else hashlib.sha256(host.encode("utf-8", "replace")).hexdigest()


def _read_free_at(file: int, now: float) -> float:
    """When the host is free, in seconds since the epoch; 0 if nothing usable is written."""
    try:
        free_at = float(os.pread(file, 64, 0) or 0)
    except ValueError:
        return 0.0
    return free_at if free_at <= now + LONGEST_DEFERRAL else 0.0


def _write_free_at(file: int, free_at: float) -> None:
    os.ftruncate(file, os.pwrite(file, f"{free_at:<24.6f}".encode(), 0))
