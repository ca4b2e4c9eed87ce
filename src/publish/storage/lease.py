"""A lock in an object store: one holder at a time, and none that is dead keeps it for long.

Locks are numbered objects in a folder of their own, `.lock/00000001` and so on; the highest number is the one that
counts. Whoever finds the highest free, ended, or its holder gone creates the next number, which the store grants to one
alone (`If-None-Match` on S3). A lock names its holder and until when it holds; a thread of the holder renews it. It is
over when the holder says so, when its time has passed, or when its process is gone from the machine that looks. The
highest one is never removed, so that numbers only grow, and a latecomer that creates a number of long ago sees a higher
one and stands back.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from publish.storage.backend import BusyError, MissingError, ShelfError

LOCKS = ".lock"
# For how long a lock holds without being renewed, and how far the clocks of two machines may be apart, in seconds.
SECONDS, CLOCKS = 120.0, 30.0
PAUSE = 0.2
# What a lock says of its holder.
HOLDER_FIELDS = ("host", "machine", "pid", "begun", "since", "expires", "ended")


class Objects(Protocol):
    """What a lock needs of a store."""

    def describe(self, name: str = "") -> str:
        """A name as people are told it."""

    def read(self, name: str) -> bytes:
        """The bytes of an object. Raises MissingError where there is none."""

    def list_names(self, folder: str) -> list[str]:
        """The names of the objects in a folder."""

    def create(self, name: str, content: bytes) -> bool:
        """Create an object; False where there is one already."""

    def write(self, name: str, content: bytes) -> None:
        """Write an object."""

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""


@dataclass
class Lease:
    """A lock that this process holds, until it is given up or lost."""

    objects: Objects
    folder: str
    number: int
    record: dict[str, Any]
    expires: float
    _over: threading.Event = field(default_factory=threading.Event)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def check(self, *, whole: bool = False) -> None:
        """See that it still holds; `whole` asks the store as well. Raises ShelfError where it does not."""
        if time.time() >= self.expires - CLOCKS or (whole and _find_highest(self.objects, self.folder) != self.number):
            raise ShelfError(
                f"{self.objects.describe(self.folder)}: this run was held up so long that another took its place; "
                "see what is published, and run again"
            )

    def release(self) -> None:
        """Let the next one in. Raises ShelfError where the store cannot be reached; the lock then ends by itself."""
        self._over.set()
        with self._writing:  # else a renewal that is under way would come after it
            if _find_highest(self.objects, self.folder) == self.number:
                self.objects.write(_name(self.folder, self.number), _to_json({**self.record, "ended": True}))

    def start_renewing(self) -> None:
        """Renew it from a thread until it is given up."""
        threading.Thread(target=self._keep_renewing, name=f"lock of {self.folder or 'the shelf'}", daemon=True).start()

    def _keep_renewing(self) -> None:
        while not self._over.wait(SECONDS / 4):
            try:
                with self._writing:
                    if self._over.is_set() or not self._renew():
                        return
            except ShelfError:
                continue  # tried again soon; where it never succeeds, `check` says so

    def _renew(self) -> bool:
        """Renew it once; False where it is lost."""
        expires = time.time() + SECONDS
        if _find_highest(self.objects, self.folder) != self.number:
            self.expires = 0
            return False
        record = {**self.record, "expires": _to_timestamp(expires)}
        self.objects.write(_name(self.folder, self.number), _to_json(record))
        self.expires = expires
        return True


def take(objects: Objects, folder: str, *, wait: float = 0) -> Lease:
    """Take the lock of a folder. Raises BusyError, with its holder, where another has it for longer than `wait`."""
    end = time.monotonic() + wait
    while True:
        number = _find_highest(objects, folder)
        try:
            holder = _parse_holder(objects.read(_name(folder, number))) if number else None
            over = holder is None or _has_ended(holder)
        except MissingError:
            continue  # its successor removed it just now
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ShelfError(f"{objects.describe(_name(folder, number))}: is no lock; remove it") from None
        if holder is None or over:
            lease = _create_lease(objects, folder, number + 1)
            if lease is not None:
                lease.start_renewing()
                return lease
        elif time.monotonic() >= end:
            raise BusyError(_describe_holder(objects, folder, holder))
        else:
            time.sleep(PAUSE)


def _parse_holder(document: bytes) -> dict[str, Any]:
    """What a lock says. Raises ValueError, KeyError or RecursionError where it is none."""
    found: dict[str, Any] = json.loads(document)
    return {name: found[name] for name in HOLDER_FIELDS}


def _create_lease(objects: Objects, folder: str, number: int) -> Lease | None:
    """Create a lock; None where another was faster."""
    expires = time.time() + SECONDS
    record = {
        **identify_process(),
        "since": _to_timestamp(time.time()),
        "expires": _to_timestamp(expires),
        "token": secrets.token_hex(8),  # tells a creation whose answer was lost from another's
        "ended": False,
    }
    name, content = _name(folder, number), _to_json(record)
    if not objects.create(name, content) and not _holds(lambda: objects.read(name), content):
        return None
    if objects.create(name, content):
        raise ShelfError(
            f"{objects.describe()}: creates one object twice, so that two runs could not be kept apart; "
            "choose a store that knows conditional writes"
        )
    if _find_highest(objects, folder) != number:
        objects.remove(name)
        return None
    for old in _list_numbers(objects, folder):
        if old < number:
            objects.remove(_name(folder, old))
    return Lease(objects, folder, number, record, expires)


def _holds(read: Callable[[], bytes], content: bytes) -> bool:
    try:
        return read() == content
    except MissingError:
        return False


def _list_numbers(objects: Objects, folder: str) -> list[int]:
    names = (name.rpartition("/")[2] for name in objects.list_names(_folder_of(folder)))
    return sorted(int(name) for name in names if name.isdecimal())


def _find_highest(objects: Objects, folder: str) -> int:
    return max(_list_numbers(objects, folder), default=0)


def _folder_of(folder: str) -> str:
    return f"{folder}/{LOCKS}" if folder else LOCKS


def _name(folder: str, number: int) -> str:
    return f"{_folder_of(folder)}/{number:08}"


def _to_json(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def _to_timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _describe_holder(objects: Objects, folder: str, holder: dict[str, Any]) -> str:
    what = f"publishing {folder}" if folder else "writing there"
    who = f"on {holder['host']}, process {holder['pid']}, since {holder['since']}"
    return f"{objects.describe(folder)}: another run is {what} ({who}); try again when it is done"


def _has_ended(holder: dict[str, Any]) -> bool:
    """Whether a lock is over: given up, out of time, or its process gone from this machine."""
    if holder["ended"] or time.time() > datetime.fromisoformat(holder["expires"]).timestamp() + CLOCKS:
        return True
    here = identify_process()
    if (holder["host"], holder["machine"]) != (here["host"], here["machine"]):
        return False
    return bool(read_process_start(int(holder["pid"])) != holder["begun"])


def identify_process() -> dict[str, Any]:
    """Who we are. Two containers may have one host name, so the machine's boot and its table of processes count too."""
    return {
        "host": socket.gethostname(),
        "machine": f"{_read_text('/proc/sys/kernel/random/boot_id')} {_read_link('/proc/self/ns/pid')}".strip(),
        "pid": os.getpid(),
        "begun": read_process_start(os.getpid()),
    }


def read_process_start(pid: int) -> str | None:
    """When a process began, which tells it from a later one of its number; None where there is none."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass  # it is there, and another user's
    fields = _read_text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        return "unknown"
    return None if fields[0] in {"Z", "X"} else fields[19]


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _read_link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
