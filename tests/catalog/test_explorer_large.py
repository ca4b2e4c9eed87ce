"""Twenty thousand tasks of six hundred plans: rows are painted a page at a time, and the last input counts.

How fast they are is measured by `benchmarks/catalog.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.catalog.browser_tabs import open_tab, serve_folder
from tests.catalog.explorer_site import lay_out
from tests.catalog.tables import many, write_release_of

VERSION = "1.0.0"
PLANS, TASKS = 600, 20_000
ALL = "20,000 of 20,000 tasks"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    """The page once all tasks are loaded."""
    folder = tmp_path_factory.mktemp("many")
    tables = many(PLANS, TASKS)
    write_release_of(tables, folder, VERSION)
    lay_out(folder, tables, VERSION, lambda _: VERSION)
    with serve_folder(folder) as url, open_tab(browser, url) as tab:
        expect(tab.page.get_by_role("status")).to_have_text(ALL, timeout=60_000)
        yield tab.page
        assert tab.complaints == []


def test_only_the_rows_of_one_page_are_in_the_page(page: Page) -> None:
    assert page.locator("tbody tr").count() == 50
    assert page.get_by_text("Page 1 of 400").is_visible()


def test_fast_typing_ends_with_the_rows_of_what_was_typed_last(page: Page) -> None:
    page.get_by_label("Words").fill("")
    page.get_by_label("Words").press_sequentially("第599号")
    expect(page.get_by_role("status")).to_have_text("33 of 20,000 tasks")
    assert page.url.endswith("?q=%E7%AC%AC599%E5%8F%B7")
    assert page.locator("tbody mark").first.inner_text() == "第599号"


def test_a_search_is_answered_while_titles_are_sorted(page: Page) -> None:
    page.goto(page.url.partition("?")[0])
    expect(page.get_by_role("status")).to_have_text(ALL, timeout=60_000)
    page.get_by_role("button", name="Task", exact=True).click()
    page.get_by_label("Words").fill("乘船")
    expect(page.locator("th", has_text="Task")).to_have_attribute("aria-sort", "ascending")
    titles = page.locator("tbody td.title > a").all_inner_texts()
    collated = page.evaluate("all => all.toSorted(new Intl.Collator('en', {numeric: true}).compare)", titles)
    assert titles == collated
