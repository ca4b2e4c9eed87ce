"""Kills publishers at random moments while another process reads the shelf, and looks at what each leaves.

    python -m tests.publish.killing [KILLS] [SEED] [disk|s3]

Each kill falls on the publishing of the second or third version of a dataset, at a moment chosen at random from the
time that putting a version on the shelf takes. All the time a reader, which shares no code with the shelf, follows
`releases.json` and `latest/` and holds every file against its checksum; it must never meet half a release. Then the
next run has to end well, with the version there once, its number not doubled, and nothing left lying about.
"""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import fsspec

from pipeline.run import run_dataset
from pipeline.steps import publish_draft
from pipeline.workspace import Workspace
from publish.storage.backend import ShelfError
from tests.conftest import FIXTURES, store_text
from tests.publish.store import BUCKET, s3

FRESH = multiprocessing.get_context("forkserver")  # each process begins with the modules loaded and nothing else
FRESH.set_forkserver_preload(["pipeline.run", "pyarrow.parquet", "pyarrow.csv", "s3fs", "pandas"])
REPORT = (FIXTURES / "harbour-towns.txt").read_text(encoding="utf-8")
TEXTS = [REPORT, *(REPORT.replace("a pier for", f"a {what} for") for what in ("jetty", "landing"))]
VERSIONS = ["1.0.0", "1.0.1", "1.0.2"]
DATASET = "id: harbour\ntitle: Towns\nlicence: CC0-1.0\nsources:\n  - {id: harbour-2021, url: 'http://127.0.0.1:9/'}\n"
SUMS = "SHA256SUMS"
# The longest that anybody is waited for here, in seconds.
PATIENCE = 300


@dataclass(frozen=True)
class Target:
    """A home and its shelf: as a URL for the reader, and as the environment in which publishers run."""

    home: Path
    url: str
    environment: Mapping[str, str]

    @property
    def files(self) -> tuple[Any, str]:
        """The shelf's file system and the dataset's path there."""
        os.environ.update(self.environment)
        system, path = fsspec.core.url_to_fs(f"{self.url}/harbour", use_listings_cache=False)
        return system, path

    def capture(self, number: int) -> None:
        """Archive what the source says in the given version."""
        fetched_at = datetime(2021, 4, 2 + number, tzinfo=UTC)
        store_text(Workspace(self.home), "harbour-2021", TEXTS[number], fetched_at)


def make_target(folder: Path, store: Mapping[str, str] | None) -> Target:
    """A home with one capture; its shelf in the store, or on the disk if that is None."""
    home = folder / uuid.uuid4().hex[:8]
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "harbour.yaml").write_text(DATASET, encoding="utf-8")
    url = f"s3://{BUCKET}/{home.name}" if store else str(home / "data" / "published")
    target = Target(
        home,
        url,
        {**(store or {}), "POLICYTASKS_SHELF": url, "POLICYTASKS_CACHE": str(home / "state"), "TMPDIR": str(home)},
    )
    target.capture(0)
    return target


def publish(target: Target, pipe: Connection) -> None:
    """A publisher's process: says when it begins to put the version on the shelf, and how it ended."""
    os.environ.update(target.environment)
    logging.disable()

    def step(function: Callable[..., Any]) -> Callable[..., Any]:
        def report_begin(*arguments: Any) -> Any:
            pipe.send(("begun", ""))
            return function(*arguments)

        return report_begin if function is publish_draft else function

    try:
        outcome = run_dataset(Workspace(target.home), "harbour", offline=True, step=step)
        pipe.send((outcome.status, outcome.version))
    except ShelfError as error:
        pipe.send(("refused", str(error)))


@contextmanager
def start_publisher(target: Target) -> Iterator[tuple[Any, Connection]]:
    """A publisher's process, and what it says."""
    here, there = FRESH.Pipe(duplex=False)
    process = FRESH.Process(target=publish, args=(target, there))
    process.start()
    there.close()
    try:
        yield process, here
    finally:
        end(process)
        here.close()


def receive(pipe: Connection) -> Any:
    """What a process says next. Raises AssertionError if it says nothing for too long, EOFError if it ended."""
    assert pipe.poll(PATIENCE), f"a process said nothing for {PATIENCE} s"
    return pipe.recv()


def end(process: Any) -> None:
    """Wait until a process has ended; raises AssertionError, and kills it, if it does not."""
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join(PATIENCE)
        raise AssertionError(f"a process did not end within {PATIENCE} s")


def wait_for_outcome(process: Any, pipe: Connection) -> tuple[str, str, float]:
    """How a publisher ended, the version or message, and the seconds that putting it on the shelf took."""
    ended, what = receive(pipe)
    begun = time.monotonic()
    if ended == "begun":
        ended, what = receive(pipe)
    end(process)
    assert process.exitcode == 0
    return ended, what, time.monotonic() - begun


def run_to_end(target: Target) -> tuple[str, str, float]:
    """Run to the end; the outcome."""
    with start_publisher(target) as run:
        return wait_for_outcome(*run)


def run_and_kill(target: Target, after: float) -> str:
    """Begin to put a version on the shelf and be killed some seconds later; what was said last."""
    with start_publisher(target) as (process, pipe):
        assert receive(pipe)[0] == "begun"
        time.sleep(after)
        process.kill()
        end(process)
        last = "killed"
        try:
            while True:
                last = receive(pipe)[0]
        except EOFError:
            return last


def read(target: Target, stop: Any, pipe: Connection) -> None:
    """A reader's process: looks until it is stopped; tells how often, or what it met that must not be."""
    system, path = target.files
    looks, versions = 0, 0
    try:
        while True:
            versions = check_shelf(system, path, versions)
            looks += 1
            if stop.is_set():
                break
        pipe.send(looks)
    except Exception as error:  # noqa: BLE001 (whatever it meets is what the round is about)
        pipe.send(f"{type(error).__name__}: {error}")


def check_shelf(system: Any, path: str, count: int) -> int:
    """Read everything as a stranger would; the number of versions. Raises if anything is half there."""
    listing = json.loads(system.cat_file(f"{path}/releases.json"))
    numbers = [entry["version"] for entry in listing["releases"]]
    assert len(set(numbers)) == len(numbers) >= count, f"listed are {numbers}"
    assert listing["latest"] == numbers[0]
    for entry in listing["releases"]:
        sums = _read_sums(system, f"{path}/{entry['version']}")
        listed = {file["path"].partition("/")[2]: file["sha256"] for file in entry["files"]}
        assert sums == {name: digest for name, digest in listed.items() if name != SUMS}
        for name, digest in listed.items():
            content = system.cat_file(f"{path}/{entry['version']}/{name}")
            assert hashlib.sha256(content).hexdigest() == digest, f"{entry['version']}/{name} is another"
    if "file" in system.protocol:  # there a folder counts as soon as it can be seen, listed or not
        for folder in system.ls(path, detail=False):
            if folder.rpartition("/")[2][0].isdigit():
                for name, digest in _read_sums(system, folder).items():
                    assert hashlib.sha256(system.cat_file(f"{folder}/{name}")).hexdigest() == digest, folder
    _check_latest(system, f"{path}/latest")
    return len(numbers)


def _check_latest(system: Any, latest: str) -> None:
    """Hold its files against its checksums; if these change or are gone meanwhile, it is just being renewed."""
    for _ in range(2000):
        try:
            before = _read_sums(system, latest)
            digests = {name: hashlib.sha256(system.cat_file(f"{latest}/{name}")).hexdigest() for name in before}
        except FileNotFoundError:
            before, digests = {}, {"": "gone"}
        try:
            unchanged = _read_sums(system, latest) == before
        except FileNotFoundError:
            unchanged = False
            if "file" not in system.protocol:
                return
        if unchanged:
            assert digests == before, "latest/ is half another version"
            return
    raise AssertionError("latest/ is never whole")


def _read_sums(system: Any, folder: str) -> dict[str, str]:
    lines = system.cat_file(f"{folder}/{SUMS}").decode().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


@contextmanager
def watch_shelf(target: Target) -> Iterator[None]:
    """A reader in another process for as long as the block lasts; raises AssertionError for what it met."""
    stop = FRESH.Event()
    here, there = FRESH.Pipe(duplex=False)
    reader = FRESH.Process(target=read, args=(target, stop, there))
    reader.start()
    try:
        yield
    finally:
        stop.set()
        message = receive(here)
        end(reader)
    assert isinstance(message, int), message
    assert message > 0


def kill_twice(target: Target, seconds: float, moments: tuple[float, float]) -> list[tuple[str, str]]:
    """Kill the publishing of the second and of the third version; each time, the next run has to mend it.

    `moments` are parts of the `seconds` that publishing takes. Returns what the killed run and the next one said.
    """
    outcomes = []
    assert run_to_end(target)[:2] == ("published", "1.0.0")
    with watch_shelf(target):
        for number, moment in enumerate(moments, 1):
            target.capture(number)
            outcome = run_and_kill(target, seconds * moment)
            ended, version, _ = run_to_end(target)
            assert ended in {"published", "unchanged"}, version
            assert version == VERSIONS[number]
            assert outcome != "published" or ended == "unchanged"
            _check_nothing_is_left_over(target, VERSIONS[: number + 1])
            outcomes.append((outcome, ended))
    return outcomes


def _check_nothing_is_left_over(target: Target, versions: list[str]) -> None:
    """Whether there is what the listing names and nothing else, hidden things too; a store keeps one lock."""
    system, path = target.files
    system.invalidate_cache()
    listing = json.loads(system.cat_file(f"{path}/releases.json"))
    assert [entry["version"] for entry in listing["releases"]] == versions[::-1]
    assert [entry["previous_version"] for entry in listing["releases"]] == [*versions[-2::-1], None]
    named = {file["path"] for entry in listing["releases"] for file in entry["files"]}
    newest = {name.replace(versions[-1], "latest", 1) for name in named if name.startswith(f"{versions[-1]}/")}
    there = {name[len(path) + 1 :] for name in system.find(path)}
    locks = {name for name in there if name.startswith(".lock/")}
    pages = set(json.loads(system.cat_file(f"{path}/pages.json")))
    of_this_folder = {name.removeprefix("harbour/") for name in pages if name.startswith("harbour/")}
    assert there - locks == named | newest | of_this_folder | {"releases.json", "sources.json", "pages.json"}
    assert len(locks) <= 1
    assert not list(target.home.glob("data/published/harbour/.*"))
    assert not list(target.home.glob("policytasks-*"))
    check_shelf(system, path, len(versions))


def main() -> None:
    """Kill as often as asked, and say what each met."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    kind = sys.argv[3] if len(sys.argv) > 3 else "disk"
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, s3() as store:
        folder, storage = Path(name), store if kind == "s3" else None
        seconds = measure_seconds(folder, storage)
        print(f"seed {seed}; putting a version on the {kind} takes {seconds:.2f} s")
        outcomes: list[tuple[str, str]] = []
        while len(outcomes) < kills:
            moments = (chance.uniform(0, 1.1), chance.uniform(0, 1.1))
            outcomes += kill_twice(make_target(folder, storage), seconds, moments)
            summary = ", ".join(
                f"at {moment:4.0%} ({after})" for moment, (_, after) in zip(moments, outcomes[-2:], strict=True)
            )
            print(f"{len(outcomes):4} killed {summary}: well", flush=True)
    early = sum(after == "published" for _, after in outcomes)
    print(
        f"{len(outcomes)} of {len(outcomes)} kills did no harm: {early} fell before the version was published, "
        f"{len(outcomes) - early} after"
    )


def measure_seconds(folder: Path, store: Mapping[str, str] | None) -> float:
    """How long it takes to put a version on the shelf, while somebody reads."""
    target = make_target(folder, store)
    run_to_end(target)
    with watch_shelf(target):
        target.capture(1)
        return run_to_end(target)[2]


if __name__ == "__main__":
    main()
