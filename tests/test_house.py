"""Each layer imports only layers to its left, and nothing in the code is about a particular document."""

from __future__ import annotations

import ast
import graphlib
import re
from pathlib import Path

import duckdb
import pytest

from tests.conftest import CHECKOUT
from transform.schema import TABLES

LAYERS = ("config", "collect", "extract", "transform", "publish", "catalog", "pipeline", "flows", "cli")
# Modules by which a pure layer would read the disk, the network, the clock or chance.
IMPURE_MODULES = frozenset(
    {"os", "pathlib", "shutil", "tempfile", "sqlite3", "subprocess", "socket", "time", "random", "uuid", "secrets"}
)
PARSERS, DATA_FRAMES = {"bs4", "lxml"}, {"pandas", "pyarrow"}
# What a layer never imports, beside the layers to its right.
NEVER_IN = {
    "config": {"requests", "httpx", "urllib.request", "http", "subprocess", "socket", *PARSERS, *DATA_FRAMES},
    "collect": PARSERS | DATA_FRAMES,
    "extract": {"requests", *DATA_FRAMES, *IMPURE_MODULES},
    "transform": {"requests", *IMPURE_MODULES},
    "publish": {"requests", "bs4", "extract"},
    "catalog": {"requests", "bs4", "pandas", "extract"},
    "pipeline": {"argparse"},
}
# Calls by which a pure layer would read the disk or the clock all the same.
IMPURE_CALLS = set(
    "open io.open read_clock timestamps.read_clock datetime.now datetime.today date.today importlib.resources.files".split()  # noqa: SIM905
)


def modules_of(layer: str) -> dict[str, Path]:
    """The files of a layer by the name that they are imported with."""
    folder = CHECKOUT / ("flows" if layer == "flows" else f"src/{layer}")
    modules = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    assert modules
    return modules


MODULES = {name: path for layer in LAYERS for name, path in modules_of(layer).items()}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def imports_of(module: str) -> set[str]:
    """Everything that a module imports, anywhere in it; modules of ours by their full name."""
    names = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                within = f"{node.module}.{alias.name}"
                names |= {within} if within in MODULES else {node.module, within}
    return names - {module}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_layers_to_its_left(layer: str) -> None:
    forbidden = set(LAYERS[LAYERS.index(layer) + 1 :]) | NEVER_IN.get(layer, set())
    for module in MODULES:
        if module.partition(".")[0] == layer:
            names = imports_of(module)
            assert not (names | {name.partition(".")[0] for name in names}) & forbidden, module


def test_prefect_is_imported_by_flows_alone() -> None:
    importers = {
        module for module in MODULES if any(name.partition(".")[0].startswith("prefect") for name in imports_of(module))
    }
    assert importers
    assert {module.partition(".")[0] for module in importers} == {"flows"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    sorter = graphlib.TopologicalSorter({module: imports_of(module) & MODULES.keys() for module in MODULES})
    assert len(list(sorter.static_order())) == len(MODULES)


@pytest.mark.parametrize("layer", ["extract", "transform"])
def test_a_pure_layer_reads_no_disk_and_no_clock(layer: str) -> None:
    for module, tree in TREES.items():
        if module.partition(".")[0] == layer:
            calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
            assert not calls & IMPURE_CALLS, module


def test_nothing_about_any_one_source_is_written_into_the_code() -> None:
    words = [
        word
        for path in (CHECKOUT / "datasets").glob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "id:" in line or "url:" in line
        for word in re.findall(r"[\w.]{9,}", line)
        if word not in {"published", "development"}  # words that any plan has
    ]
    assert words
    for path in MODULES.values():
        text = path.read_text(encoding="utf-8").casefold()
        assert not [word for word in words if word.casefold() in text], path


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


@pytest.mark.parametrize("name", ["requirements.lock", "benchmarks/requirements.txt"])
def test_a_lock_names_no_address_and_hashes_everything(name: str) -> None:
    lock = (CHECKOUT / name).read_text(encoding="utf-8")
    assert "://" not in lock
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 50
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
