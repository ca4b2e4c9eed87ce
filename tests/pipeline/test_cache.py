"""What is only remembered is not trusted: whatever is damaged in the reading cache is made again, with one line."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from extract.plan import Article, Inspection, Plan, Problem
from pipeline.read import cache
from pipeline.read.cache import TABLES, CachedReading, ReadingCache, build_adapter, to_row
from pipeline.read.workers import WORKERS, ReadingError
from pipeline.run import run_dataset
from tests.conftest import Desk

KEY, OTHER_KEY = "a" * 64, "b" * 64
NUMBERS = build_adapter(tuple[int, ...])


def make_reading(count: int) -> CachedReading:
    article = Article("Plan", None, None, (), None, None, None, None, None, "en")
    plan = Plan(article, (), (), (), (), (), (Problem("nothing here", count),))
    return CachedReading(Inspection("f" * 64, None, None), count, plan, f"text {count}")


@pytest.fixture(autouse=True)
def _no_unusable_files() -> Iterator[None]:
    yield
    cache.UNUSABLE_FILES.clear()
    cache.KEPT.remove_all()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache with two readings and a decision."""
    path = tmp_path / "state" / "readings.sqlite"
    stored = ReadingCache(path)
    stored.put(KEY, make_reading(3))
    stored.put(OTHER_KEY, make_reading(4))
    stored.put_decision(KEY, NUMBERS, (1, 2))
    return path


def execute(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount != 0


def read_all(path: Path) -> list[object]:
    """What the cache gives under the first key: inspection, count, plan, text, decision."""
    stored = ReadingCache(path)
    reading = stored.get(KEY, with_plan=True)
    return [
        reading and reading.inspection,
        stored.get_count(KEY),
        reading and reading.plan,
        stored.get_text(KEY),
        stored.get_decision(KEY, NUMBERS),
    ]


def sign(table: str, content: bytes) -> bytes:
    return cache.make_checksum(table, KEY, content)


def test_what_is_stored_is_given_back(path: Path) -> None:
    reading = make_reading(3)
    assert read_all(path) == [reading.inspection, 3, reading.plan, "text 3", (1, 2)]
    stored = ReadingCache(path)
    assert (stored.get("c" * 64), stored.get_count("c" * 64), stored.get_text("c" * 64)) == (None, None, None)


CONTENTS = [
    b"",
    b"{}",
    b"null",
    b"[]",
    b'{"inspection": {"arti',
    b'{"count": 3}',
    b"\xff\x00",
    "text",
    7,
    1.5,
    b"9" * 99,
]


@pytest.mark.parametrize("content", CONTENTS, ids=repr)
@pytest.mark.parametrize("table", TABLES)
def test_an_entry_of_another_content_is_discarded_with_one_line(
    path: Path, table: str, content: object, caplog: pytest.LogCaptureFixture
) -> None:
    execute(path, f"update {table} set content = ? where key = ?", content, KEY)
    with caplog.at_level(logging.INFO):
        whole = read_all(path)
        assert len(caplog.messages) == 1
        caplog.clear()
        parts = read_all(path)
        assert None in parts
    assert not caplog.messages, "the second time there is nothing to discard"
    assert whole == parts
    assert ReadingCache(path).get_count(OTHER_KEY) == 4
    stored = ReadingCache(path)
    stored.put(KEY, make_reading(3))
    stored.put_decision(KEY, NUMBERS, (1, 2))
    assert None not in read_all(path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"null", b"[7, 8", b'{"inspection": {"arti', b'{"count": 3}', b"\xff\x00"]
)
@pytest.mark.parametrize("table", TABLES)
def test_an_entry_of_another_shape_is_discarded_whatever_its_checksum(path: Path, table: str, content: bytes) -> None:
    """As a program would write it that has an error."""
    statement = f"update {table} set content = ?, checksum = ? where key = ?"
    execute(path, statement, content, sign(table, content), KEY)
    assert None in read_all(path)


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        (table, statement)
        for table in TABLES
        for statement in (
            # Content and checksum of another entry; one bit of it; a checksum of a wrong type.
            "update {table} set (content, checksum) = (select content, checksum from {table} where key = :other)",
            "update {table} set content = substr(content, 1, length(content) - 1)",
            "update {table} set checksum = x'00'",
            "update {table} set checksum = 'text'",
        )
    ],
)
def test_an_entry_with_a_wrong_checksum_is_not_taken(path: Path, table: str, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"insert or replace into decisions select '{OTHER_KEY}', '[9]', x'01'")
        filled = statement.format(table=table).replace(":other", f"'{OTHER_KEY}'")
        connection.execute(f"{filled} where key = '{KEY}'")
    parts = read_all(path)
    assert None in parts
    assert (4 not in parts, "text 4" not in parts, (9,) not in parts) == (True, True, True)


def test_a_wrong_count_is_not_taken_and_the_line_says_where(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    execute(path, "update inspections set content = replace(content, '\"count\": 3', '\"count\": 0')")
    with caplog.at_level(logging.INFO):
        assert ReadingCache(path).get_count(KEY) is None
    (line,) = caplog.messages
    assert line.startswith(f"an entry of the reading cache is damaged ({path}, inspections: not as it was stored)")


def test_an_entry_that_decompresses_to_gigabytes_takes_no_memory(path: Path) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join([*(packer.compress(bytes(10_000_000)) for _ in range(100)), packer.flush()])
    for table in ("plans", "texts"):
        execute(path, f"update {table} set content = ?, checksum = ? where key = ?", bomb, sign(table, bomb), KEY)
    tracemalloc.start()
    assert read_all(path)[2:4] == [None, None]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * cache.MAX_ENTRY_BYTES


def test_a_huge_entry_is_neither_taken_out_nor_put_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRY_BYTES", 400)
    execute(path, "update texts set content = zeroblob(1000000) where key = ?", KEY)
    assert ReadingCache(path).get_text(KEY) is None
    ReadingCache(path).put_decision(OTHER_KEY, NUMBERS, tuple(range(1000)))
    assert ReadingCache(path).get_decision(OTHER_KEY, NUMBERS) is None


def test_a_document_of_which_too_much_is_read_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_ENTRY_BYTES", 100)
    with pytest.raises(ReadingError, match=r"what is read of it has more than 0 MB"):
        to_row(KEY, CachedReading(make_reading(1).inspection, 0, None, "x" * 101))


def write_other_bytes(path: Path) -> None:
    path.write_bytes(b"no table" * 1000)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def overwrite_pages(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def overwrite_schema(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xa5" * 3996 + content[4096:])


def make_other_tables(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table decisions (key, content)")


def make_view_without_end(path: Path) -> None:
    path.unlink()
    rows = "with recursive r(key) as (select 1 union all select key + 1 from r) select key from r"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            f"create view decisions as select '{KEY}' as key, key as content, key as checksum from ({rows})"
        )


def add_trigger(path: Path) -> None:
    execute(path, "create trigger forget after insert on plans begin delete from decisions; end")


DAMAGES = [
    write_other_bytes,
    cut_off,
    empty,
    overwrite_pages,
    overwrite_schema,
    make_other_tables,
    make_view_without_end,
    add_trigger,
]


def remove_journals(path: Path) -> None:
    """Leave the file alone, as after its last connection was closed."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_file_that_is_damaged_is_made_anew_in_the_same_run(
    path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    remove_journals(path)
    damage(path)
    stored = ReadingCache(path)
    with caplog.at_level(logging.INFO):
        stored.get(KEY, with_plan=True)
        stored.put(KEY, make_reading(3))
        stored.put_decision(KEY, NUMBERS, (1, 2))
    assert len(caplog.messages) <= 1
    assert None not in read_all(path)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def make_link_to_zeros(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def make_link_to_another_file(path: Path) -> None:
    path.rename(path.with_name("another"))
    path.symlink_to("another")


def make_folder_of_journal(path: Path) -> None:
    path.with_name(f"{path.name}-wal").mkdir()


OTHER_KINDS = [
    make_folder,
    make_pipe,
    make_loop,
    make_link_to_zeros,
    make_link_to_another_file,
    make_folder_of_journal,
]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("damage", OTHER_KINDS, ids=lambda damage: damage.__name__)
def test_what_is_no_file_is_renamed_with_one_line_and_a_file_is_made(
    path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    remove_journals(path)
    damage(path)
    with caplog.at_level(logging.INFO):
        ReadingCache(path).put(KEY, make_reading(3))
        assert ReadingCache(path).get_text(KEY) == "text 3"
    assert len(caplog.messages) == 1
    assert "is not as this program makes it; it is renamed to unusable-" in caplog.text
    assert path.is_file()
    assert not path.is_symlink()
    assert len(list(path.parent.glob("unusable-*"))) == 1
    assert not cache.UNUSABLE_FILES


@pytest.fixture
def unusable(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that cannot be opened, as on a disk that cannot be written to."""

    def refuse(*_: object, **__: object) -> sqlite3.Connection:
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorcode = sqlite3.SQLITE_READONLY
        raise error

    monkeypatch.setattr(sqlite3, "connect", refuse)
    return path


def test_what_a_file_does_not_take_is_known_in_the_same_run(unusable: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert read_all(unusable) == [None] * 5
        ReadingCache(unusable).put(KEY, make_reading(3))
        ReadingCache(unusable).put_decision(KEY, NUMBERS, (1, 2))
        assert None not in read_all(unusable)
    assert len(caplog.messages) == 1
    assert "the reading cache cannot be used" in caplog.text
    assert ReadingCache(unusable.with_name("another")).get(KEY) is None


def test_the_memory_for_what_a_file_does_not_take_is_bounded(unusable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_KEPT_BYTES", 2_000)
    stored = ReadingCache(unusable)
    for number in range(100):
        stored.put_decision(str(number), NUMBERS, (number,) * 100)
    known = [number for number in range(100) if stored.get_decision(str(number), NUMBERS)]
    assert known == list(range(known[0], 100))
    assert 5 < len(known) < 20


def test_a_file_that_is_locked_is_waited_for_once(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "LOCK_SECONDS", 0.2)
    with closing(sqlite3.connect(path)) as other, caplog.at_level(logging.INFO):
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")
        for _ in range(3):
            ReadingCache(path).put(KEY, make_reading(5))
    assert len(caplog.messages) == 1
    assert "locked" in caplog.text
    assert path.exists(), "another process uses it"
    cache.UNUSABLE_FILES.clear()
    assert ReadingCache(path).get_count(KEY) == 3


READ_ONLY = """
import logging, os, sys
from pathlib import Path
from tests.pipeline.test_cache import KEY, make_reading
from pipeline.read.cache import ReadingCache
logging.basicConfig(level=logging.INFO)
make_reading(9)
os.setuid(65534)
stored = ReadingCache(Path(sys.argv[1]))
stored.put(KEY, make_reading(9))
print(stored.get_count(KEY))
"""


def test_another_user_who_may_only_read_it_is_stopped_by_nothing(path: Path) -> None:
    if os.getuid():
        pytest.skip("only root can be another user")
    remove_journals(path)
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        copied = shutil.copy(path, folder)
        Path(copied).chmod(0o444)
        Path(folder).chmod(0o555)
        done = subprocess.run([sys.executable, "-c", READ_ONLY, copied], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "9\n"), done.stderr
    assert done.stderr.count("the reading cache cannot be used") == 1
    assert "readonly" in done.stderr


@pytest.mark.parametrize("content", [b"{}", b"null", b'{"checks": [', b'{"wrong": 1}', b"[1]", b"7", b"\x00"], ids=repr)
def test_a_damaged_decision_or_reading_ends_no_run(
    harbour: Desk, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    run_dataset(harbour.home, "harbour", offline=True)
    path = harbour.home.root.parent / "state" / "readings.sqlite"
    for table in TABLES:
        execute(path, f"update {table} set content = ?", content)
    with caplog.at_level(logging.INFO):
        outcome = run_dataset(harbour.home, "harbour", offline=True)
    assert (outcome.status, outcome.failures) == ("unchanged", ())
    assert "an entry of the reading cache is damaged" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO):
        assert run_dataset(harbour.home, "harbour", offline=True).status == "unchanged"
    assert "damaged" not in caplog.text


def test_an_empty_count_of_a_good_source_does_not_mark_it_as_broken(harbour: Desk) -> None:
    run_dataset(harbour.home, "harbour", offline=True)
    state = harbour.home.root.parent / "state"
    execute(
        state / "readings.sqlite", "update inspections set content = replace(content, '\"count\": 7', '\"count\": 0')"
    )
    execute(state / "readings.sqlite", "delete from decisions")
    outcome = run_dataset(harbour.home, "harbour", offline=True)
    assert (outcome.status, outcome.failures) == ("unchanged", ())
    shutil.rmtree(state)
    assert run_dataset(harbour.home, "harbour", offline=True).status == "unchanged"


@pytest.mark.usefixtures("unusable")
def test_a_document_is_read_once_in_a_run_that_has_no_cache(harbour: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, call = list[str](), WORKERS.call

    def count_call(function: str, *arguments: object, seconds: float) -> object:
        calls.append(function)
        return call(function, *arguments, seconds=seconds)

    monkeypatch.setattr(WORKERS, "call", count_call)
    assert run_dataset(harbour.home, "harbour", offline=True).status == "published"
    assert calls.count("read_document") == 1
    assert len(calls) == len(set(calls)), calls
