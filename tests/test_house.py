"""The house keeps its order: rooms know only what is to their left, and names say nothing of any one document."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.conftest import CHECKOUT
from transform.schema import TABLES

ROOMS = ("config", "collect", "extract", "transform", "publish", "catalog", "pipeline", "flows", "cli")
NEVER_IN = {
    "collect": {"bs4", "lxml", "pandas", "pyarrow", "prefect"},
    "extract": {"requests", "pandas", "pyarrow", "prefect", "os", "pathlib", "time", "socket"},
    "transform": {"requests", "prefect", "os", "pathlib", "time", "socket"},
    "publish": {"requests", "bs4", "prefect"},
    "catalog": {"requests", "bs4", "pandas", "prefect", "extract"},
}


def modules(room: str) -> list[Path]:
    folder = CHECKOUT / ("flows" if room == "flows" else f"src/{room}")
    found = sorted(folder.rglob("*.py"))
    assert found
    return found


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_knows_only_the_rooms_to_its_left(room: str) -> None:
    to_the_right = set(ROOMS[ROOMS.index(room) + 1 :])
    for path in modules(room):
        assert not imported(path) & (to_the_right | NEVER_IN.get(room, set())), path


def test_nothing_about_any_one_source_is_written_into_the_code() -> None:
    said = [
        word
        for path in (CHECKOUT / "datasets").glob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "id:" in line or "url:" in line
        for word in re.findall(r"[\w.]{9,}", line)
        if word not in {"published", "development"}  # words that any plan has
    ]
    assert said
    for room in ROOMS:
        for path in modules(room):
            text = path.read_text(encoding="utf-8").casefold()
            assert not [word for word in said if word.casefold() in text], path


def test_no_table_or_column_bears_a_word_that_sql_reserves() -> None:
    reserved = {
        word
        for (word,) in duckdb.connect()
        .execute("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'")
        .fetchall()
    }
    names = {name for table in TABLES.values() for name in (table.name, *(column.name for column in table.columns))}
    assert len(reserved) > 50
    assert not names & reserved


def test_the_direct_way_starts_without_prefect_and_pandas() -> None:
    script = (
        "import sys; from cli.main import main; main(['publish', '--direct', '--dry-run']);"
        "print(sorted(name for name in ('prefect', 'pandas') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["requirements.lock", "benchmarks/requirements.txt"])
def test_a_lock_names_no_address_and_hashes_everything(name: str) -> None:
    lock = (CHECKOUT / name).read_text(encoding="utf-8")
    assert "://" not in lock
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 50
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
