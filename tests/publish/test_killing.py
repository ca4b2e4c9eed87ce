from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from publish.storage.disk import Disk
from tests.publish.killing import (
    Target,
    check_shelf,
    kill_twice,
    make_target,
    measure_seconds,
    run_to_end,
    start_publisher,
    wait_for_outcome,
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
    seconds = measure_seconds(tmp_path, store_or_none)
    for part in (0.1, 0.6):
        moments = (random.uniform(part, part + 0.25), random.uniform(part + 0.25, part + 0.5))
        kill_twice(make_target(tmp_path, store_or_none), seconds, moments)


def test_of_publishers_at_once_one_publishes_and_none_gives_a_number_twice(
    tmp_path: Path, store_or_none: Mapping[str, str] | None
) -> None:
    target = make_target(tmp_path, store_or_none)
    assert run_to_end(target)[:2] == ("published", "1.0.0")
    for number, version in ((1, "1.0.1"), (2, "1.0.2")):
        target.capture(number)
        ended = publish_together(target, 3)
        assert [what for how, what in ended if how == "published"] == [version]
        assert {how for how, _ in ended} <= {"published", "unchanged", "refused"}
        assert all("another run is publishing harbour" in what for how, what in ended if how == "refused")
        system, path = target.files
        assert check_shelf(system, path, number + 1) == number + 1


def publish_together(target: Target, count: int) -> list[tuple[str, str]]:
    """How each of some publishers that begin at the same moment ended."""
    with ExitStack() as publishers:
        runs = [publishers.enter_context(start_publisher(target)) for _ in range(count)]
        return [wait_for_outcome(*run)[:2] for run in runs]


def test_the_reader_notices_half_a_release(tmp_path: Path) -> None:
    """The proof is worth something only if it can fail."""
    target = make_target(tmp_path, None)
    run_to_end(target)
    system, path = target.files
    check_shelf(system, path, 1)
    shelf = Disk(tmp_path / target.home.name / "data" / "published")
    for folder in ("latest", "1.0.0"):
        file = Path(shelf.address_of(f"harbour/{folder}/tasks.csv"))
        content = file.read_bytes()
        file.write_bytes(content[:-5])
        with pytest.raises(AssertionError):
            check_shelf(system, path, 1)
        file.write_bytes(content)
