"""A lease in an object store: one holder at a time, and a holder that died does not keep it for long.

Leases are numbered objects in a folder of their own, `.lock/00000001` and so on; the highest number counts. Whoever
finds the highest one free, ended, or its holder gone creates the next number, which the store grants to one creator
only (`If-None-Match` on S3). A lease names its holder and the time until which it holds; a thread of the holder renews
it. It ends when the holder says so, when its time has passed, or when its process is gone from the machine that looks.
The highest one is never removed, so numbers only grow, and a latecomer that creates an old number sees a higher one and
gives up its own.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, StrictBool, StrictInt, StrictStr

from config.timestamps import format_timestamp
from publish.storage.backend import BusyError, MissingError, ShelfError, Storage

LEASES = ".lock"
# For how long a lease holds without being renewed, and how far the clocks of two machines may be apart, in seconds.
LEASE_SECONDS, CLOCK_SECONDS = 120.0, 30.0
# How long a wait sleeps between two attempts, and for how long a lease may change hands until an attempt is given up.
PAUSE_SECONDS, RACE_SECONDS = 0.2, 30.0


class Objects(Storage, Protocol):
    """A storage that leases can be kept in."""

    def create(self, name: str, content: bytes) -> bool:
        """Create an object; False if there is one already."""

    def write(self, name: str, content: bytes) -> None:
        """Write an object."""


class Process(BaseModel):
    """A process of some machine, and when it `begun` as the system counts; `machine` distinguishes containers."""

    model_config = ConfigDict(frozen=True)

    host: StrictStr
    machine: StrictStr
    pid: StrictInt
    begun: StrictStr | None

    def has_ended(self) -> bool | None:
        """Whether it has ended; None if this machine cannot know it."""
        here = identify_process()
        if (self.host, self.machine) != (here.host, here.machine):
            return None
        return read_process_start(self.pid) != self.begun


class Holder(Process):
    """The holder of a lease: the process, since when and until when it has the lease, and whether it gave it up.

    `token` distinguishes a creation whose answer was lost from another's.
    """

    since: StrictStr
    expires: AwareDatetime
    token: StrictStr = ""
    ended: StrictBool


@dataclass
class Lease:
    """A lease that this process holds, until it is released or lost.

    It has state for the thread that renews it: `holder` has ended if another process took the lease.
    """

    objects: Objects
    folder: str
    number: int
    holder: Holder
    _released: threading.Event = field(default_factory=threading.Event)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def check(self, *, ask_store: bool = False) -> None:
        """Raise ShelfError unless it still holds; `ask_store` looks for a successor in the store as well."""
        is_late = time.time() >= self.holder.expires.timestamp() - CLOCK_SECONDS
        if self.holder.ended or is_late or (ask_store and not self._is_highest()):
            raise ShelfError(
                "this run was delayed for so long that another run took its lease",
                self.objects.describe(self.folder),
                "see what is published, and run again",
            )

    def release(self) -> None:
        """End it. Raises ShelfError if the store cannot be reached; the lease then ends by itself."""
        self._released.set()
        with self._writing:  # else a renewal that is under way would be written after it
            if self._is_highest():
                self._write(self.holder.model_copy(update={"ended": True}))

    def start_renewing(self) -> None:
        """Renew it from a thread until it is released."""
        threading.Thread(target=self._keep_renewing, name=f"lease of {self.folder or 'the shelf'}", daemon=True).start()

    def _keep_renewing(self) -> None:
        while not self._released.wait(LEASE_SECONDS / 4):
            try:
                with self._writing:
                    if self._released.is_set() or not self._renew():
                        return
            except ShelfError:
                continue  # tried again soon; if it never succeeds, `check` notices

    def _renew(self) -> bool:
        """Renew it once; False if it is lost."""
        expires = _to_moment(time.time() + LEASE_SECONDS)
        update = {"expires": expires} if self._is_highest() else {"ended": True}
        holder = self.holder.model_copy(update=update)
        if not holder.ended:
            self._write(holder)
        self.holder = holder
        return not holder.ended

    def _is_highest(self) -> bool:
        return _find_highest(self.objects, self.folder) == self.number

    def _write(self, holder: Holder) -> None:
        self.objects.write(_to_lease_name(self.folder, self.number), holder.model_dump_json().encode())


def take(objects: Objects, folder: str, *, wait: float = 0) -> Lease:
    """Take the lease of a folder.

    Raises BusyError, with its holder, if another has it for longer than `wait` seconds, or if it changes hands
    for half a minute more without this process getting it.
    """
    start = time.monotonic()
    while True:
        waited = time.monotonic() - start
        number = _find_highest(objects, folder)
        holder = _read_holder(objects, folder, number)
        if holder is not None and not _has_ended(holder):
            if waited >= wait:
                who = f"on {holder.host}, process {holder.pid}, since {holder.since}"
                raise _make_busy_error(objects, folder, who)
            time.sleep(PAUSE_SECONDS)
            continue
        lease = _create_lease(objects, folder, number + 1)
        if lease is not None:
            lease.start_renewing()
            return lease
        if waited >= wait + RACE_SECONDS:
            raise _make_busy_error(objects, folder, "many at the same time")


def _read_holder(objects: Objects, folder: str, number: int) -> Holder | None:
    """The holder of a lease; None if there is no lease of that number. Raises ShelfError if it is not a lease."""
    name = _to_lease_name(folder, number)
    try:
        return Holder.model_validate_json(objects.read(name)) if number else None
    except MissingError:
        return None  # its successor removed it just now, and creating the next number fails
    except ValueError as error:
        raise ShelfError("is not a lease", objects.describe(name), "remove it") from error


def _create_lease(objects: Objects, folder: str, number: int) -> Lease | None:
    """Create a lease; None if another process was faster."""
    holder = Holder(
        **identify_process().model_dump(),
        since=format_timestamp(_to_moment(time.time())),
        expires=_to_moment(time.time() + LEASE_SECONDS),
        token=secrets.token_hex(8),
        ended=False,
    )
    name, content = _to_lease_name(folder, number), holder.model_dump_json().encode()
    if not objects.create(name, content) and _read_holder(objects, folder, number) != holder:
        return None
    if objects.create(name, content):
        what = "created the same object twice, so it cannot keep two runs apart"
        raise ShelfError(what, objects.describe(), "choose a store with conditional writes")
    if _find_highest(objects, folder) != number:
        objects.remove(name)
        return None
    for old in _list_numbers(objects, folder):
        if old < number:
            objects.remove(_to_lease_name(folder, old))
    return Lease(objects, folder, number, holder)


def _list_numbers(objects: Objects, folder: str) -> list[int]:
    return [int(name) for name in objects.list_files(_to_lease_folder(folder)) if name.isdecimal()]


def _find_highest(objects: Objects, folder: str) -> int:
    return max(_list_numbers(objects, folder), default=0)


def _to_lease_folder(folder: str) -> str:
    return f"{folder}/{LEASES}" if folder else LEASES


def _to_lease_name(folder: str, number: int) -> str:
    return f"{_to_lease_folder(folder)}/{number:08}"


def _to_moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _make_busy_error(objects: Objects, folder: str, who: str) -> BusyError:
    what = f"publishing {folder}" if folder else "writing there"
    return BusyError(f"another run is {what} ({who})", objects.describe(folder), "try again when it is done")


def _has_ended(holder: Holder) -> bool:
    """Whether a lease is over: released, out of time, or its process gone from this machine."""
    is_late = time.time() > holder.expires.timestamp() + CLOCK_SECONDS
    return holder.ended or is_late or holder.has_ended() is True


def identify_process() -> Process:
    """What identifies this process: its host, pid and start, and as two containers may share a host name, the boot."""
    machine = f"{_read_text('/proc/sys/kernel/random/boot_id')} {_read_link('/proc/self/ns/pid')}".strip()
    pid = os.getpid()
    return Process(host=socket.gethostname(), machine=machine, pid=pid, begun=read_process_start(pid))


def read_process_start(pid: int) -> str | None:
    """When a process began, which distinguishes it from a later one of its number; None if there is none."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass  # it exists, and belongs to another user
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
