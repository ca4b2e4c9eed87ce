"""The lock in a store: one holder, and none that is dead keeps it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from publish.locking import lock_dataset
from publish.staging import stage_release
from publish.storage import lease
from publish.storage.backend import ShelfError
from publish.storage.object_store import ObjectStore, open_store
from tests.conftest import until
from tests.publish.shelves import files_of, listing, put, whole, write

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
def store_place(bucket: str) -> ObjectStore:
    return open_store(bucket)


def lock(storage: ObjectStore, number: int, **said: Any) -> None:
    storage.write(f"towns/.lock/{number:08}", json.dumps(HOLDER | said).encode())


def in_an_hour() -> str:
    return lease._to_timestamp(time.time() + 3600)  # noqa: SLF001 (the form of a time in a lock)


def test_a_holder_elsewhere_is_named_with_machine_process_and_time(store_place: ObjectStore) -> None:
    lock(store_place, 4, expires=in_an_hour())
    with pytest.raises(ShelfError) as caught:
        put(store_place, "1.0.0")
    assert "(on elsewhere, process 1, since 2026-11-24T08:00:00Z); try again when it is done" in str(caught.value)
    assert store_place.list_names("towns/.lock") == ["00000004"]


@pytest.mark.parametrize("said", [{}, {"expires": "2099-01-01T00:00:00Z", "ended": True}])
def test_a_lock_out_of_time_or_given_up_is_succeeded(store_place: ObjectStore, said: dict[str, Any]) -> None:
    lock(store_place, 4, **said)
    put(store_place, "1.0.0")
    assert store_place.list_names("towns/.lock") == ["00000005"]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"junk", b"[" * 5000, b'{"ended": false}'])
def test_a_lock_that_is_none_is_one_line(store_place: ObjectStore, content: bytes) -> None:
    store_place.write("towns/.lock/00000004", content)
    with pytest.raises(ShelfError, match=r"towns/\.lock/00000004: not a lock; remove it"):
        put(store_place, "1.0.0")


def test_a_process_that_is_gone_from_this_machine_is_succeeded_at_once(bucket: str, store_place: ObjectStore) -> None:
    script = (
        "import os; from publish.locking import lock_dataset; from publish.storage.object_store import open_store\n"
        f"with lock_dataset(open_store({bucket!r}), 'towns'): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == -9
    put(store_place, "1.0.0")
    assert whole(store_place, "latest")


def test_a_number_of_a_process_that_was_given_to_another_since_is_no_holder(store_place: ObjectStore) -> None:
    here = lease.identify_process()
    lock(store_place, 1, **here | {"expires": in_an_hour()})
    with pytest.raises(ShelfError, match=f"process {os.getpid()}"):
        put(store_place, "1.0.0")
    lock(store_place, 1, **here | {"expires": in_an_hour(), "begun": "12345"})
    put(store_place, "1.0.0")


def test_a_holder_renews_its_lock(store_place: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = float(int(time.time()))
    monkeypatch.setattr(lease, "time", SimpleNamespace(time=lambda: now, monotonic=time.monotonic, sleep=time.sleep))
    monkeypatch.setattr(lease, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(lease, "CLOCK_SECONDS", 0.0)

    def is_renewed() -> bool:
        (name,) = store_place.list_names("towns/.lock")
        expires = json.loads(store_place.read(f"towns/.lock/{name}"))["expires"]
        return datetime.fromisoformat(expires).timestamp() > now

    with lock_dataset(store_place, "towns"):
        now += 3600
        until(is_renewed, "the lock to be renewed")
        with pytest.raises(ShelfError, match="another run is publishing"):
            put(open_store(store_place.url), "1.0.0")
    put(store_place, "1.0.0")


def test_whoever_was_succeeded_meanwhile_publishes_nothing(store_place: ObjectStore) -> None:
    put(store_place, "1.0.0")

    def be_succeeded() -> None:
        with lock_dataset(store_place, "towns") as releases, stage_release(releases, "1.0.1") as folder:
            write(folder, files_of("1.0.1"))
            lock(store_place, 99, expires=in_an_hour())

    with pytest.raises(ShelfError, match="another took its place"):
        be_succeeded()
    assert [one["version"] for one in listing(store_place)["releases"]] == ["1.0.0"]  # type: ignore[attr-defined]
    lock(store_place, 100, ended=True)
    put(store_place, "1.0.1")
    assert whole(store_place, "1.0.1")


def test_a_latecomer_with_an_old_number_stands_back(store_place: ObjectStore) -> None:
    with lock_dataset(store_place, "towns"):
        number = int(store_place.list_names("towns/.lock")[0])
        lock(store_place, number + 1, ended=True)
    with lock_dataset(store_place, "towns"):
        assert lease._create_lease(store_place, "towns", number) is None  # noqa: SLF001 (as after a long pause)
        assert store_place.list_names("towns/.lock") == [f"{number + 2:08}"]


def test_a_store_that_creates_an_object_twice_is_refused(
    store_place: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(self: ObjectStore, name: str, content: bytes) -> bool:
        self.write(name, content)
        return True

    monkeypatch.setattr(ObjectStore, "create", careless)
    with pytest.raises(ShelfError, match="choose a store that knows conditional writes"):
        put(store_place, "1.0.0")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"ended": false, "expires": "soon"}'])
def test_what_is_no_lock_is_one_line(store_place: ObjectStore, content: bytes) -> None:
    store_place.write("towns/.lock/00000001", content)
    with pytest.raises(ShelfError, match=r"\.lock/00000001: not a lock; remove it"):
        put(store_place, "1.0.0")
