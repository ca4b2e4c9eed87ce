"""What a person does with the table of tasks: search, filter, sort, send the address, turn pages, download."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from publish.table_files import FORMULA
from tests.catalog.browser_tabs import Tab, open_tab, serve_folder
from tests.catalog.explorer_site import VERSION, write_explorer_page, write_explorer_site
from tests.catalog.tables import (
    FORMULA_TEXT,
    IMAGE,
    MARKED,
    NAMES,
    TURNED,
    make_few_tasks,
    make_many_tasks,
    write_editions,
)
from tests.conftest import CHECKOUT
from transform.schema import TABLES

ALL = "20,000 of 20,000 tasks"
COMMITTED = CHECKOUT / "data/published/chengdu-chongqing/2.0.0"
Opened = Callable[..., AbstractContextManager[Tab]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small release and its page."""
    folder = tmp_path_factory.mktemp("small")
    write_explorer_site(folder, make_few_tasks())
    return folder


@pytest.fixture(scope="module")
def opened(site: Path, browser: Browser) -> Iterator[Opened]:
    """Opens the page of the small release; what the browser complains of fails the test."""
    with serve_folder(site) as url:

        @contextmanager
        def at(query: str = "", **settings: Any) -> Iterator[Tab]:
            with open_tab(browser, url + query, **settings) as tab:
                wait_for_tasks(tab.page)
                yield tab
                assert tab.complaints == []

        yield at


def wait_for_tasks(page: Page) -> None:
    expect(page.locator("th button")).to_have_count(6)
    expect(find_status(page)).to_have_text(re.compile("of"))


def find_status(page: Page) -> Locator:
    return page.get_by_role("status")


def list_ids(page: Page) -> list[str]:
    """The ids of the rows that are shown, from where they lead."""
    hrefs = page.locator("tbody td.title > a").evaluate_all("all => all.map(link => link.getAttribute('href'))")
    return [str(href).removeprefix("plans/").replace(f"/{VERSION}.html#", "/") for href in hrefs]


def search(page: Page, words: str, says: str) -> list[str]:
    page.get_by_label("Words").fill(words)
    expect(find_status(page)).to_have_text(says)
    return list_ids(page)


def sort_by(page: Page, head: str, direction: str) -> list[str]:
    page.get_by_role("button", name=head, exact=True).click()
    expect(page.locator("th", has_text=head)).to_have_attribute("aria-sort", direction)
    return list_ids(page)


def download_selection(page: Page) -> tuple[str, bytes]:
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download what I see").click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


# -- without scripts ---------------------------------------------------------------------------------------------------


def test_without_javascript_the_first_rows_are_there_and_the_page_says_what_is_missing(
    site: Path, browser: Browser
) -> None:
    with serve_folder(site) as url, open_tab(browser, url, java_script_enabled=False) as tab:
        assert len(list_ids(tab.page)) == 11
        assert "need JavaScript" in tab.page.locator("noscript").inner_text()
        assert not tab.page.locator("form").is_visible()
        assert tab.page.locator("th button").count() == 0
        assert IMAGE in tab.page.locator("tbody").inner_text()
        assert tab.page.locator("tbody img").count() == 0


def test_the_rows_without_javascript_are_those_that_the_script_shows(
    site: Path, browser: Browser, opened: Opened
) -> None:
    cells = "all => all.map(row => [...row.cells].map(cell => cell.innerText.replace('Whole text', '').trim()))"
    with serve_folder(site) as url, open_tab(browser, url, java_script_enabled=False) as tab:
        plain, ids = tab.page.locator("tbody tr").evaluate_all(cells), list_ids(tab.page)
    with opened() as tab:
        assert tab.page.locator("tbody tr").evaluate_all(cells) == plain
        assert list_ids(tab.page) == ids
    assert ids[:2] == ["ferries-2019/t06", "ferries-2019/t01"]


# -- search ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("TIMETABLE", {"ferries-2019/t01"}),
        ("for all ferries", {"ferries-2019/t01"}),
        ("ferries timetable", {"ferries-2019/t01"}),
        ("timetable college", set()),
        ("断头路", {"huanhu-2020/t01"}),
        ("建设 公路", {"huanhu-2020/t01"}),
        ("建设　公路", {"huanhu-2020/t01"}),
        ("öFFNEN", {"schools-2021/t01"}),
        ("huanhu-2020/t02", {"huanhu-2020/t02"}),
        ("环湖城镇", {"huanhu-2020/t01", "huanhu-2020/t02"}),
        ("共享渡轮 码头", {"huanhu-2020/t02"}),
        ("港务", {"huanhu-2020/t01"}),
        ("office", {"ferries-2019/t01", "schools-2021/t01"}),
        ("schools of", {"schools-2021/t01", "schools-2021/t02", "schools-2021/t10"}),
        (".*", set()),
        ('("twice")', set()),
        ("''+SUM(1)", {"ferries-2019/t06"}),
    ],
)
def test_all_words_have_to_be_found_wherever_they_stand(opened: Opened, words: str, expected: set[str]) -> None:
    with opened() as tab:
        assert set(search(tab.page, words, f"{len(expected)} of 11 tasks")) == expected


def test_what_was_searched_is_marked_and_folded_texts_open_where_it_stands_in_them(opened: Opened) -> None:
    with opened() as tab:
        search(tab.page, "all ferries office", "1 of 11 tasks")
        marks = tab.page.locator("tbody mark").all_inner_texts()
        assert {mark.casefold() for mark in marks} == {"all", "ferries", "office"}
        assert tab.page.get_by_text("It is for").is_visible()
        search(tab.page, "timetable", "1 of 11 tasks")
        assert not tab.page.get_by_text("It is for").is_visible()
        tab.page.get_by_text("Whole text").click()
        assert tab.page.get_by_text("It is for").is_visible()


def test_where_nothing_is_found_the_page_says_so_and_clearing_brings_all_back(opened: Opened) -> None:
    with opened() as tab:
        search(tab.page, "nowhere", "0 of 11 tasks")
        assert tab.page.get_by_text("No task has all of this.").is_visible()
        tab.page.get_by_role("button", name="Clear").click()
        expect(find_status(tab.page)).to_have_text("11 of 11 tasks")
        assert tab.page.get_by_label("Words").input_value() == ""
        assert "?" not in tab.page.url


# -- filters -----------------------------------------------------------------------------------------------------------


def test_areas_are_those_of_the_plan_and_areas_of_one_title_are_told_apart(opened: Opened) -> None:
    with opened() as tab:
        plan, area = (tab.page.get_by_role("combobox", name=name, exact=True) for name in ("Plan", "Area"))
        assert area.locator("optgroup").count() == 3
        plan.select_option(label="Schools of the Lakes")
        expect(find_status(tab.page)).to_have_text("3 of 11 tasks")
        assert area.locator("option").all_inner_texts() == ["all", "(I) Sharing", "(II)"]
        area.select_option(label="(I) Sharing")
        expect(find_status(tab.page)).to_have_text("2 of 11 tasks")
        assert set(list_ids(tab.page)) == {"schools-2021/t01", "schools-2021/t02"}
        plan.select_option(label="Plan for the Ferries")
        expect(find_status(tab.page)).to_have_text("6 of 11 tasks")
        assert area.input_value() == ""


def test_a_body_is_found_in_any_role_and_bodies_without_a_task_are_not_offered(opened: Opened) -> None:
    with opened() as tab:
        body = tab.page.get_by_role("combobox", name="Body", exact=True)
        assert "Nobody's Office" not in body.locator("option").all_inner_texts()
        body.select_option(label="Ferry Office")
        expect(find_status(tab.page)).to_have_text("2 of 11 tasks")
        assert list_ids(tab.page) == ["ferries-2019/t01", "schools-2021/t01"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from=2021-12-31", {"ferries-2019/t01", "ferries-2019/t05", "huanhu-2020/t01"}),
        ("to=2021-12-30", {"ferries-2019/t02"}),
        ("from=2021-01-01&to=2021-12-31", {"ferries-2019/t01", "huanhu-2020/t01"}),
        ("deadline=none&plan=huanhu-2020", {"huanhu-2020/t02"}),
        ("language=zh", {"huanhu-2020/t01", "huanhu-2020/t02"}),
        ("language=zh&to=2030-01-01", {"huanhu-2020/t01"}),
        ("area=schools-2021/a01", {"schools-2021/t01", "schools-2021/t02"}),
        ("plan=unknown", set()),
        ("from=soon&language=zh&page=0&sort=size", {"huanhu-2020/t01", "huanhu-2020/t02"}),
    ],
)
def test_an_address_filters(opened: Opened, query: str, expected: set[str]) -> None:
    with opened(f"?{query}") as tab:
        expect(find_status(tab.page)).to_have_text(f"{len(expected)} of 11 tasks")
        assert set(list_ids(tab.page)) == expected


# -- order -------------------------------------------------------------------------------------------------------------


def test_columns_sort_up_and_down_and_then_in_the_plans_own_order(opened: Opened) -> None:
    with opened() as tab:
        own = list_ids(tab.page)
        up = sort_by(tab.page, "Deadline", "ascending")
        assert up[:4] == ["ferries-2019/t02", "ferries-2019/t01", "huanhu-2020/t01", "ferries-2019/t05"]
        assert up[4:] == [task_id for task_id in own if task_id not in up[:4]]
        down = sort_by(tab.page, "Deadline", "descending")
        assert down[:4] == ["ferries-2019/t05", "ferries-2019/t01", "huanhu-2020/t01", "ferries-2019/t02"]
        assert down[4:] == up[4:]
        assert sort_by(tab.page, "Deadline", "none") == own


def test_titles_sort_as_the_language_has_it_and_numbers_by_their_size(opened: Opened) -> None:
    with opened("?plan=schools-2021") as tab:
        assert sort_by(tab.page, "Task", "ascending") == ["schools-2021/t02", "schools-2021/t01", "schools-2021/t10"]
        assert sort_by(tab.page, "No.", "ascending") == ["schools-2021/t01", "schools-2021/t02", "schools-2021/t10"]
        assert sort_by(tab.page, "No.", "descending")[0] == "schools-2021/t10"


def test_the_keyboard_sorts_and_keeps_its_place(opened: Opened) -> None:
    with opened() as tab:
        tab.page.get_by_role("button", name="Deadline").focus()
        tab.page.keyboard.press("Enter")
        expect(tab.page.locator("th", has_text="Deadline")).to_have_attribute("aria-sort", "ascending")
        assert tab.page.evaluate("document.activeElement.textContent") == "Deadline"


# -- addresses ---------------------------------------------------------------------------------------------------------


def test_an_address_that_was_sent_shows_the_same(opened: Opened) -> None:
    with opened("?theme=x") as tab:
        tab.page.get_by_label("Words").fill("ferries")
        tab.page.get_by_role("combobox", name="Plan", exact=True).select_option(label="Plan for the Ferries")
        tab.page.get_by_label("Deadline to").fill("2021-12-31")
        tab.page.get_by_role("button", name="Deadline", exact=True).click()
        expect(find_status(tab.page)).to_have_text("2 of 11 tasks")
        expect(tab.page).to_have_url(re.compile("sort=deadline"))
        url, shown = tab.page.url, list_ids(tab.page)
    query = url[url.index("?") :]
    assert query == "?theme=x&q=ferries&plan=ferries-2019&to=2021-12-31&sort=deadline"
    with opened(query) as tab:
        expect(find_status(tab.page)).to_have_text("2 of 11 tasks")
        assert list_ids(tab.page) == shown
        assert tab.page.get_by_label("Words").input_value() == "ferries"
        assert tab.page.get_by_role("combobox", name="Plan", exact=True).input_value() == "ferries-2019"
        assert tab.page.get_by_label("Deadline to").input_value() == "2021-12-31"


def test_going_back_brings_back_what_was_asked(opened: Opened) -> None:
    with opened("?q=ferries") as tab:
        search(tab.page, "码头", "1 of 11 tasks")
        tab.page.goto(tab.page.url.partition("?")[0] + "?q=office")
        expect(find_status(tab.page)).to_have_text("2 of 11 tasks")
        tab.page.go_back()
        expect(find_status(tab.page)).to_have_text("1 of 11 tasks")
        assert tab.page.get_by_label("Words").input_value() == "码头"


# -- pages -------------------------------------------------------------------------------------------------------------


def test_pages_are_turned_and_the_focus_stays(tmp_path: Path, browser: Browser) -> None:
    write_explorer_site(tmp_path, make_many_tasks(plans=4, tasks=120))
    with serve_folder(tmp_path) as url, open_tab(browser, url) as tab:
        wait_for_tasks(tab.page)
        expect(tab.page.get_by_text("Page 1 of 3")).to_be_visible()
        seen = list_ids(tab.page)
        for number in (2, 3):
            tab.page.get_by_role("button", name="Next").click()
            expect(tab.page.get_by_text(f"Page {number} of 3")).to_be_visible()
            seen += list_ids(tab.page)
        assert len(seen) == len(set(seen)) == 120
        assert tab.page.evaluate("document.activeElement.textContent") == "Next"
        tab.page.keyboard.press("Enter")
        assert tab.page.url.endswith("?page=3")
        search(tab.page, "第1号", "30 of 120 tasks")
        expect(tab.page.get_by_role("navigation", name="Pages")).to_be_hidden()
        assert tab.complaints == []
    with serve_folder(tmp_path) as url, open_tab(browser, f"{url}?page=99") as tab:
        expect(tab.page.get_by_text("Page 3 of 3")).to_be_visible()
        assert tab.page.url.endswith("?page=3")


# -- very many tasks: the last input counts (`benchmarks/catalog.py` measures how fast) ---------------------------------


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    """The page of twenty thousand tasks of six hundred plans, once all are loaded."""
    folder = tmp_path_factory.mktemp("many")
    write_explorer_site(folder, make_many_tasks(600, 20_000))
    with serve_folder(folder) as url, open_tab(browser, url) as tab:
        expect(find_status(tab.page)).to_have_text(ALL, timeout=60_000)
        yield tab.page
        assert tab.complaints == []


def test_fast_typing_ends_with_the_rows_of_what_was_typed_last(crowded: Page) -> None:
    crowded.get_by_label("Words").fill("")
    crowded.get_by_label("Words").press_sequentially("第599号")
    expect(find_status(crowded)).to_have_text("33 of 20,000 tasks")
    assert crowded.url.endswith("?q=%E7%AC%AC599%E5%8F%B7")
    assert crowded.locator("tbody mark").first.inner_text() == "第599号"


def test_a_search_is_answered_while_titles_are_sorted(crowded: Page) -> None:
    crowded.goto(crowded.url.partition("?")[0])
    expect(find_status(crowded)).to_have_text(ALL, timeout=60_000)
    crowded.get_by_role("button", name="Task", exact=True).click()
    crowded.get_by_label("Words").fill("乘船")
    expect(crowded.locator("th", has_text="Task")).to_have_attribute("aria-sort", "ascending")
    titles = crowded.locator("tbody td.title > a").all_inner_texts()
    collated = crowded.evaluate("all => all.toSorted(new Intl.Collator('en', {numeric: true}).compare)", titles)
    assert titles == collated


# -- downloads ---------------------------------------------------------------------------------------------------------


def parse_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def strip_guard(cell: str) -> str:
    """A cell without its guard."""
    return cell[1:] if cell.startswith("'") and re.match(FORMULA, cell[1:]) else cell


def format_cell(cell: Any) -> str:
    return "" if cell is None else str(cell)


def test_what_is_seen_is_downloaded_in_its_order_cell_by_cell_as_published(opened: Opened) -> None:
    published = {row["task_id"]: row for row in make_few_tasks()["tasks"].to_pylist()}
    with opened("?plan=ferries-2019&sort=-deadline") as tab:
        expect(find_status(tab.page)).to_have_text("6 of 11 tasks")
        shown = list_ids(tab.page)
        name, content = download_selection(tab.page)
    assert name == "lakes-1.0.0-selection.csv"
    rows = parse_csv(content)
    assert [row["task_id"] for row in rows] == shown
    columns = [column.name for column in TABLES["tasks"].columns]
    assert list(rows[0]) == [*columns, "plan_title", "area_title", "bodies"]
    for row in rows:
        assert {name: strip_guard(row[name]) for name in columns} == {
            name: format_cell(cell) for name, cell in published[row["task_id"]].items()
        }
    assert rows[1]["plan_title"] == "Plan for the Ferries"
    assert rows[1]["bodies"] == f"'@{IMAGE} (lead); Ferry Office (support)"


def test_a_download_of_all_has_the_bytes_of_the_published_csv(site: Path, opened: Opened) -> None:
    with opened() as tab:
        _, content = download_selection(tab.page)
    more = b',"plan_title","area_title","bodies"\r\n'
    lines = content.splitlines(keepends=True)
    assert content.startswith("\ufeff".encode())
    assert lines[0].endswith(more)
    published = (site / VERSION / "tasks.csv").read_bytes().splitlines(keepends=True)
    assert lines[0].removesuffix(more) == published[0].removesuffix(b"\r\n")
    assert len(lines) == len(published)
    for line in published[1:]:
        assert any(other.startswith(line.removesuffix(b"\r\n") + b",") for other in lines)
    assert f'"\'{FORMULA_TEXT.replace(chr(34), chr(34) * 2)}"'.encode() in content
    assert b"\"'''+SUM(1)" in content
    assert f'"{MARKED}"'.encode() in content


# -- harm --------------------------------------------------------------------------------------------------------------


def test_texts_that_mean_harm_are_shown_as_texts(opened: Opened) -> None:
    with opened(f"?q={IMAGE.replace(' ', '+')}") as tab:
        table = tab.page.locator("tbody")
        expect(find_status(tab.page)).to_have_text(re.compile("of 11"))
        assert table.locator("img, script").count() == 0
        assert table.locator("mark").count() > 0
    with opened("?plan=<script>alert(1)</script>&body=harm") as tab:
        expect(find_status(tab.page)).to_have_text("0 of 11 tasks")
        assert tab.page.get_by_role("combobox", name="Plan", exact=True).input_value() == "<script>alert(1)</script>"
    with opened() as tab:
        turned = tab.page.locator("tr", has_text=TURNED)
        assert turned.locator("td.title").evaluate("cell => getComputedStyle(cell).unicodeBidi") == "isolate"
        assert turned.locator("td").nth(2).inner_text() == "Plan for the Ferries"
        assert (
            tab.page.locator("tbody a", has_text="HYPERLINK").get_attribute("href")
            == "plans/ferries-2019/1.0.0.html#t04"
        )


# -- failures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tasks", "bodies"])
@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
def test_a_damaged_table_is_one_line_and_the_first_rows_stay(
    tmp_path: Path, browser: Browser, name: str, damage: str
) -> None:
    write_explorer_site(tmp_path, make_few_tasks())
    file = tmp_path / VERSION / f"{name}.parquet"
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(content[:-200] if damage == "cut" else content[:4] + bytes(300) + content[304:])
    with serve_folder(tmp_path) as url, open_tab(browser, url) as tab:
        expect(tab.page.get_by_role("alert")).to_contain_text("could not be loaded")
        assert len(list_ids(tab.page)) == 11
        assert find_status(tab.page).inner_text() == "The first 11 of 11 tasks."
        assert not tab.page.locator("form").is_visible()
        assert tab.page.locator("th button").count() == 0


# -- phones -----------------------------------------------------------------------------------------------------------


def test_a_phone_shows_each_row_as_a_card(opened: Opened) -> None:
    with opened(width=360) as tab:
        row = tab.page.locator("tbody tr").nth(1)
        tops = row.locator("td").evaluate_all("all => all.map(cell => cell.getBoundingClientRect().top)")
        assert tops == sorted(set(tops))
        shown = row.locator("td").nth(2).evaluate("cell => getComputedStyle(cell, '::before').content")
        assert shown == '"Plan"'


# -- a release as it is published ------------------------------------------------------------------------------------


def test_the_committed_release_is_searched_and_downloaded_as_it_is(tmp_path: Path, browser: Browser) -> None:
    shutil.copytree(COMMITTED, tmp_path / "2.0.0")
    tables: dict[str, pa.Table] = {name: pq.read_table(COMMITTED / f"{name}.parquet") for name in NAMES}
    documents = tables["documents"]["document_id"].to_pylist()
    # The newest edition that the version has, by numbers and not by letters.
    write_editions(tmp_path, {document_id: ["1.0.0", "1.10.0", "10.0.0"] for document_id in documents})
    write_explorer_page(tmp_path, tables, "2.0.0", "1.10.0")
    rows = {row["task_id"]: row for row in tables["tasks"].to_pylist()}
    word = max(re.findall(r"[a-z]{6,}", next(iter(rows.values()))["text"]), key=len)
    expected = {task_id for task_id, row in rows.items() if word in row["text"].lower()}
    with serve_folder(tmp_path) as url, open_tab(browser, url) as tab:
        wait_for_tasks(tab.page)
        expect(find_status(tab.page)).to_have_text(f"{len(rows)} of {len(rows)} tasks")
        tab.page.get_by_label("Words").fill(word)
        expect(find_status(tab.page)).not_to_have_text(f"{len(rows)} of {len(rows)} tasks")
        href = tab.page.locator("td.title a").first.get_attribute("href")
        assert href is not None
        assert "/1.10.0.html#t" in href
        _, content = download_selection(tab.page)
        assert tab.complaints == []
    selected = parse_csv(content)
    assert {row["task_id"] for row in selected} >= expected
    assert all(strip_guard(row["text"]) == rows[row["task_id"]]["text"] for row in selected)
