"""A page is written again when what it shows, its code, its template or its words changed, and not otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from catalog import home_pages, pages, rendering
from catalog.dataset_pages import make_dataset_pages
from catalog.home_pages import make_home_pages
from catalog.plan_list import make_plan_list_pages
from catalog.plan_pages import make_plan_pages
from catalog.view import DatasetView
from pipeline.workspace import Workspace
from tests.catalog.published_plans import refuse_evidence
from tests.conftest import CHECKOUT

DATASET = "chengdu-chongqing"
CACHES = [value for module in (pages, rendering) for value in vars(module).values() if hasattr(value, "cache_clear")]

Keys = dict[str, str]


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the code that keys are made from."""
    for layer in ("catalog", "publish", "transform"):
        unused = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(pages.SOURCES / layer, tmp_path / layer, ignore=unused)
    monkeypatch.setattr(pages, "SOURCES", tmp_path)
    for module in (rendering, home_pages):
        monkeypatch.setattr(module, "HERE", tmp_path / "catalog")
    yield tmp_path
    for cached in CACHES:
        cached.cache_clear()


def list_keys(change: Callable[[DatasetView], object] = lambda _: None) -> Keys:
    """The keys of the pages of the committed dataset and of the root."""
    for cached in CACHES:
        cached.cache_clear()
    view = DatasetView(Workspace(CHECKOUT).shelf, DATASET, "https://data.example.org", refuse_evidence)
    change(view)
    every = chain(
        make_dataset_pages(view),
        make_plan_pages(view),
        make_plan_list_pages(view),
        make_home_pages([view], view.site, lambda: ["index.html"]),
    )
    return {page.name: page.key for page in every}


def find_changed(before: Keys, after: Keys) -> set[str]:
    assert before.keys() == after.keys()
    return {
        name.replace(DATASET, "D").replace("ichongqing-2019-roadmap", "P")
        for name in after
        if before[name] != after[name]
    }


def in_both(*names: str) -> set[str]:
    return {*names, *(f"zh/{name}" for name in names)}


VERSIONS = [f"D/versions/{version}/index.html" for version in ("1.0.0", "1.0.1", "2.0.0", "2.0.1", "2.0.2")]
EDITIONS = ["D/plans/P/1.0.0.html", "D/plans/P/2.0.0.html"]
OF_DATASET = [f"D/{name}.html" for name in ("index", "versions", "sources", "compare", "pictures", "dictionary")]
EVERY = ["index.html", *OF_DATASET, *VERSIONS, *EDITIONS, "D/plans/P/index.html", "D/plans/index.html"]


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("catalog/templates/plan.html", in_both(*EDITIONS)),
        ("catalog/templates/plans.html", in_both("D/plans/index.html")),
        ("catalog/templates/_explorer.html", in_both("D/index.html", *VERSIONS)),
        ("catalog/templates/_changes.html", in_both(*EDITIONS, "D/plans/P/index.html", *VERSIONS)),
        ("catalog/templates/base.html", in_both(*EVERY)),
        ("catalog/assets/style.css", {"assets/style.css", *in_both(*EVERY)}),
        ("catalog/assets/explore-worker.js", {"assets/explore-worker.js", *in_both("D/index.html", *VERSIONS)}),
        ("catalog/words/zh.po", {f"zh/{name}" for name in EVERY}),
        ("catalog/marks.py", in_both(*EDITIONS, "D/plans/P/index.html")),
        ("catalog/figures.py", {*in_both(*OF_DATASET, *VERSIONS), "D/feed.xml"}),
        ("catalog/sitemap.py", {"sitemap.xml", "robots.txt", "feed.xml", *in_both("index.html")}),
        ("catalog/server.py", set()),
        ("catalog/build.py", set()),
        ("catalog/view.py", set()),
        ("publish/releases.py", set()),
        ("publish/storage/disk.py", set()),
    ],
)
def test_only_pages_that_a_file_makes_are_written_again(code: Path, file: str, changed: set[str]) -> None:
    before = list_keys()
    with (code / file).open("a", encoding="utf-8") as source:
        source.write("\n")
    assert find_changed(before, list_keys()) == changed


@pytest.mark.usefixtures("code")
def test_a_page_is_written_again_where_it_shows_something_else() -> None:
    def confirm(view: DatasetView) -> None:
        view.sources[0] = replace(view.sources[0], last_good=datetime(2030, 1, 1, tzinfo=UTC))

    changed = find_changed(list_keys(), list_keys(confirm))
    assert changed == in_both("index.html", "D/index.html", "D/sources.html")


@pytest.mark.usefixtures("code")
def test_another_hour_of_the_same_day_writes_nothing() -> None:
    def confirm(hour: int) -> Callable[[DatasetView], object]:
        def change(view: DatasetView) -> None:
            view.sources[0] = replace(view.sources[0], last_good=datetime(2030, 1, 1, hour, tzinfo=UTC))

        return change

    assert not find_changed(list_keys(confirm(1)), list_keys(confirm(2)))


def test_the_modules_that_word_pages_are_there() -> None:
    for module in pages.PLUMBING | pages.WORDING:
        assert pages.SOURCES.joinpath(*module.split(".")).with_suffix(".py").is_file(), module
