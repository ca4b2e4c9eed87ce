"""What the tests of the shelf share: a storage of either kind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from publish.storage.backend import Storage
from publish.storage.location import open_storage
from tests.publish.shelves import put
from tests.publish.store import BUCKET, s3


@pytest.fixture(scope="session")
def store() -> Iterator[Mapping[str, str]]:
    with s3() as environment:
        yield environment


@pytest.fixture
def bucket(store: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a shelf of one's own in the store."""
    for name, value in store.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid.uuid4().hex[:8]}/published"


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return open_storage(
        request.getfixturevalue("bucket") if request.param == "s3" else None, tmp_path / "data" / "published"
    )


@pytest.fixture
def two(storage: Storage) -> Storage:
    """A storage with two versions."""
    put(storage, "1.0.0")
    put(storage, "1.0.1", "1.0.0")
    return storage
