"""The lock in a store: one holder, and none that is dead keeps it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from publish.locking import lock_dataset
from publish.release import stage_release
from publish.storage import lease
from publish.storage.backend import BusyError, FileStat, MissingError, ShelfError
from publish.storage.object_store import ObjectStore, open_store
from tests.conftest import until
from tests.publish.shelves import files_of, is_whole, list_versions, put, write_files

HOLDER = {
    "host": "elsewhere",
    "machine": "another",
    "pid": 1,
    "begun": "1",
    "since": "2026-11-24T08:00:00Z",
    "expires": "2026-11-24T08:02:00Z",
    "token": "0",
    "ended": False,
}


@pytest.fixture
def object_store(bucket: str) -> ObjectStore:
    return open_store(bucket)


def lock(storage: ObjectStore, number: int, **fields: Any) -> None:
    storage.write(f"towns/.lock/{number:08}", json.dumps(HOLDER | fields).encode())


def in_an_hour() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def test_a_holder_elsewhere_is_named_with_machine_process_and_time(object_store: ObjectStore) -> None:
    lock(object_store, 4, expires=in_an_hour())
    with pytest.raises(ShelfError) as caught:
        put(object_store, "1.0.0")
    assert "(on elsewhere, process 1, since 2026-11-24T08:00:00Z); try again when it is done" in str(caught.value)
    assert list(object_store.list_files("towns/.lock")) == ["00000004"]


@pytest.mark.parametrize("fields", [{}, {"expires": "2099-01-01T00:00:00Z", "ended": True}])
def test_a_lock_out_of_time_or_given_up_is_succeeded(object_store: ObjectStore, fields: dict[str, Any]) -> None:
    lock(object_store, 4, **fields)
    put(object_store, "1.0.0")
    assert list(object_store.list_files("towns/.lock")) == ["00000005"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"[" * 5000, b'{"ended": false, "expires": "soon"}'])
def test_an_object_that_is_not_a_lock_is_one_line(object_store: ObjectStore, content: bytes) -> None:
    object_store.write("towns/.lock/00000004", content)
    with pytest.raises(ShelfError, match=r"towns/\.lock/00000004: is not a lease; remove it"):
        put(object_store, "1.0.0")


def test_a_process_that_is_gone_from_this_machine_is_succeeded_at_once(bucket: str, object_store: ObjectStore) -> None:
    script = (
        "import os; from publish.locking import lock_dataset; from publish.storage.object_store import open_store\n"
        f"with lock_dataset(open_store({bucket!r}), 'towns'): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == -9
    put(object_store, "1.0.0")
    assert is_whole(object_store, "latest")


def test_a_number_of_a_process_that_was_given_to_another_since_is_no_holder(object_store: ObjectStore) -> None:
    here = lease.identify_process().model_dump()
    lock(object_store, 1, **here | {"expires": in_an_hour()})
    with pytest.raises(ShelfError, match=f"process {os.getpid()}"):
        put(object_store, "1.0.0")
    lock(object_store, 1, **here | {"expires": in_an_hour(), "begun": "12345"})
    put(object_store, "1.0.0")


def test_a_holder_renews_its_lock(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = float(int(time.time()))
    monkeypatch.setattr(lease, "time", SimpleNamespace(time=lambda: now, monotonic=time.monotonic, sleep=time.sleep))
    monkeypatch.setattr(lease, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(lease, "CLOCK_SECONDS", 0.0)

    def is_renewed() -> bool:
        (name,) = object_store.list_files("towns/.lock")
        expires = json.loads(object_store.read(f"towns/.lock/{name}"))["expires"]
        return datetime.fromisoformat(expires).timestamp() > now

    with lock_dataset(object_store, "towns"):
        now += 3600
        until(is_renewed, "the lock to be renewed")
        with pytest.raises(ShelfError, match="another run is publishing"):
            put(open_store(object_store.url), "1.0.0")
    put(object_store, "1.0.0")


def test_whoever_was_succeeded_meanwhile_publishes_nothing(object_store: ObjectStore) -> None:
    put(object_store, "1.0.0")

    def be_succeeded() -> None:
        with lock_dataset(object_store, "towns") as releases, stage_release(releases, "1.0.1") as folder:
            write_files(folder, files_of("1.0.1"))
            lock(object_store, 99, expires=in_an_hour())

    with pytest.raises(ShelfError, match="another run took its lease"):
        be_succeeded()
    assert list_versions(object_store) == ["1.0.0"]
    lock(object_store, 100, ended=True)
    put(object_store, "1.0.1")
    assert is_whole(object_store, "1.0.1")


def test_a_latecomer_with_an_old_number_stands_back(object_store: ObjectStore) -> None:
    with lock_dataset(object_store, "towns"):
        (number,) = map(int, object_store.list_files("towns/.lock"))
        lock(object_store, number + 1, ended=True)
    with lock_dataset(object_store, "towns"):
        assert lease._create_lease(object_store, "towns", number) is None  # noqa: SLF001 (as after a long pause)
        assert list(object_store.list_files("towns/.lock")) == [f"{number + 2:08}"]


def test_a_store_that_creates_an_object_twice_is_refused(
    object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(self: ObjectStore, name: str, content: bytes) -> bool:
        self.write(name, content)
        return True

    monkeypatch.setattr(ObjectStore, "create", careless)
    with pytest.raises(ShelfError, match="choose a store with conditional writes"):
        put(object_store, "1.0.0")


def test_a_lock_that_changes_hands_again_and_again_is_not_waited_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Contested:
        """A store in which another run is always faster, and ends at once."""

        def describe(self, name: str = "") -> str:
            return f"s3://bucket/x/{name}"

        def read(self, name: str) -> bytes:
            raise MissingError("is not there", name)

        def list_files(self, _: str) -> dict[str, FileStat]:
            return {"00000007": FileStat(1)}

        def create(self, name: str, content: bytes) -> bool:
            return not name or not content

        def write(self, name: str, content: bytes) -> None: ...

        def remove(self, name: str) -> None: ...

    monkeypatch.setattr(lease, "RACE_SECONDS", 0.1)
    with pytest.raises(BusyError, match=r"another run is publishing towns \(many at the same time\)"):
        lease.take(cast("lease.Objects", Contested()), "towns")
