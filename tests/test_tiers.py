"""Every test is in one tier, has a time limit and a group; no row of the tables is idle; the smoke tests are two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import CHECKOUT, COLLECTED, GROUP_OF, TIER_OF, TIERS, match_first


@pytest.fixture
def items(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """The tests that were collected, before any were left out."""
    return request.config.stash[COLLECTED]


@pytest.fixture
def all_items(items: list[pytest.Item]) -> list[pytest.Item]:
    """Every test of the suite; skipped if only some files were collected."""
    if {item.path for item in items} != set((CHECKOUT / "tests").rglob("test_*.py")):
        pytest.skip("not all files were collected")
    return items


def names_of_marks(item: pytest.Item) -> list[str]:
    return [mark.name for mark in item.iter_markers()]


def test_every_test_has_one_tier_one_limit_and_one_group(items: list[pytest.Item]) -> None:
    for item in items:
        names = names_of_marks(item)
        assert len([name for name in names if name in TIERS]) == 1, item.nodeid
        assert names.count("timeout") == names.count("xdist_group") == 1, item.nodeid


def test_each_tier_has_a_row_and_a_marker(request: pytest.FixtureRequest) -> None:
    markers = {line.partition(":")[0] for line in request.config.getini("markers")}
    assert set(TIERS) == {tier for *_, tier in TIER_OF}
    assert set(TIERS) | {"smoke"} <= markers


@pytest.mark.parametrize("rows", [TIER_OF, GROUP_OF], ids=["tiers", "groups"])
def test_no_row_of_a_table_is_idle(rows: tuple[tuple[str, str, str], ...], all_items: list[pytest.Item]) -> None:
    for index, row in enumerate(rows):
        before = rows[:index]
        assert any(match_first(item, [row]) and not match_first(item, before) for item in all_items), row


def test_the_smoke_tests_are_a_run_of_prefect_and_a_page_in_a_browser(all_items: list[pytest.Item]) -> None:
    smoke = [set(names_of_marks(item)) & set(TIERS) for item in all_items if "smoke" in names_of_marks(item)]
    assert sorted(smoke, key=sorted) == [{"browser"}, {"prefect"}]


def test_files_in_the_tables_exist() -> None:
    paths = [Path(name) for rows in (TIER_OF, GROUP_OF) for kind, name, _ in rows if kind == "file"]
    assert all((CHECKOUT / path).exists() for path in paths)
