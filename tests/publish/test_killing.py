from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from publish.storage.disk import Disk
from tests.publish.killing import (
    Ground,
    ground,
    killed_twice,
    look,
    publishing,
    usual_seconds,
    wait_for_outcome,
    whole_run,
)


@pytest.fixture(params=["disk", "s3"])
def store_or_none(request: pytest.FixtureRequest) -> Mapping[str, str] | None:
    if request.param == "disk":
        return None
    request.getfixturevalue("bucket")
    store: Mapping[str, str] = request.getfixturevalue("store")
    return store


def test_a_publisher_killed_at_any_moment_harms_no_reader_and_the_next_ends_well(
    tmp_path: Path, store_or_none: Mapping[str, str] | None
) -> None:
    seconds = usual_seconds(tmp_path, store_or_none)
    for part in (0.1, 0.6):
        moments = (random.uniform(part, part + 0.25), random.uniform(part + 0.25, part + 0.5))
        killed_twice(ground(tmp_path, store_or_none), seconds, moments)


def test_of_publishers_at_once_one_publishes_and_none_gives_a_number_twice(
    tmp_path: Path, store_or_none: Mapping[str, str] | None
) -> None:
    where = ground(tmp_path, store_or_none)
    assert whole_run(where)[:2] == ("published", "1.0.0")
    for number, version in ((1, "1.0.1"), (2, "1.0.2")):
        where.capture(number)
        ended = together(where, 3)
        assert [what for how, what in ended if how == "published"] == [version]
        assert {how for how, _ in ended} <= {"published", "unchanged", "refused"}
        assert all("another run is publishing harbour" in what for how, what in ended if how == "refused")
        system, path = where.files
        assert look(system, path, number + 1) == number + 1


def together(where: Ground, count: int) -> list[tuple[str, str]]:
    """How each of some publishers that begin at the same moment ended."""
    with ExitStack() as publishers:
        runs = [publishers.enter_context(publishing(where)) for _ in range(count)]
        return [wait_for_outcome(*run)[:2] for run in runs]


def test_the_reader_notices_half_a_release(tmp_path: Path) -> None:
    """The proof is worth something only if it can fail."""
    where = ground(tmp_path, None)
    whole_run(where)
    system, path = where.files
    look(system, path, 1)
    shelf = Disk(tmp_path / where.home.name / "data" / "published")
    for folder in ("latest", "1.0.0"):
        file = Path(shelf.address_of(f"harbour/{folder}/tasks.csv"))
        content = file.read_bytes()
        file.write_bytes(content[:-5])
        with pytest.raises(AssertionError):
            look(system, path, 1)
        file.write_bytes(content)
