"""The whole site, served by the program itself, as a reader walks it in a browser.

Where POLICYTASKS_PICTURES names a folder, every page is also kept there as a picture, at each width and in each scheme.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import pytest
from playwright.sync_api import expect

from cli.main import main
from pipeline.workspace import Workspace
from tests.catalog.looking import CHECKED, SCHEMES, WIDTHS, Look, looking
from tests.catalog.served import serving
from tests.catalog.test_build import HOSTILE
from tests.catalog.whole import publish_whole
from tests.pipeline.test_story import Life

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REASON = "</td><script>document.title = 1</script> it named a person"
# Of each kind of page one.
PAGES = {
    "home": "",
    "dataset": "plans/",
    "pictures": "plans/pictures.html",
    "versions": "plans/versions.html",
    "version": "plans/versions/1.1.0/",
    "compare": "plans/compare.html?from=1.0.0&to=1.1.0",
    "dictionary": "plans/dictionary.html",
    "sources": "plans/sources.html",
    "plans": "plans/plans/",
    "plan": "plans/plans/zh-green-opinions/1.0.0.html",
    "editions": "plans/plans/zh-deadlines/",
    "withdrawn": "harbour/versions/1.1.0/",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A dataset of many plans; and one made of texts that mean harm, of which a version was withdrawn."""
    made = publish_whole(tmp_path_factory.mktemp("whole"))
    life = Life(made)
    life.order(villages=False, more="description: '</p><iframe src=//evil.example>'\nkeywords: ['<b>']")
    order = made.datasets / "harbour.yaml"
    title = "Tasks <script>document.title = 1</script> \"of'' {{ 7 * 7 }} & </title>"
    order.write_text(order.read_text().replace("Tasks of the harbour towns", f"'{title}'"))
    life.says("towns", HOSTILE)
    life.run()
    ((area, tasks),) = HOSTILE
    life.next(((area, (*tasks, "Build a <svg onload=document.title=1> at all piers for the night ferries.")),))
    assert main(["withdraw", "harbour", "1.1.0", "--reason", REASON, "--home", str(made.root)]) == 0
    return made


@pytest.fixture(scope="module")
def site(home: Workspace) -> Iterator[str]:
    with serving(home.root) as address:
        yield address


def settled(page: Page) -> None:
    """Wait until whatever the page makes by its scripts is made."""
    page.wait_for_load_state("networkidle")
    if page.locator("[data-explore]").count():
        expect(page.locator("th button").first).to_be_visible()
    if "compare.html?" in page.url:
        expect(page.locator("#changes ins").first).to_be_visible()


def keep_picture(look: Look, name: str, width: int, scheme: str) -> None:
    if folder := os.environ.get("POLICYTASKS_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        look.page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_shut_out(browser: Browser, site: str, name: str, lang: str) -> None:
    prefix = "" if lang == "en" else "zh/"
    with looking(browser, site + prefix + PAGES[name]) as look:
        settled(look.page)
        assert look.page.locator("html").get_attribute("lang") == lang
        for scheme in SCHEMES:
            look.page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                look.page.set_viewport_size({"width": width, "height": 900})
                keep_picture(look, f"{name}-{lang}", width, scheme)
                assert not look.is_too_wide(), (width, scheme)
        width, scheme = CHECKED[lang]
        look.page.set_viewport_size({"width": width, "height": 900})
        look.page.emulate_media(color_scheme=scheme)
        assert look.violations() == []
        assert look.complaints == []


def rows_of(home: Workspace, table: str) -> list[dict[str, Any]]:
    path = home.root / "data/published/plans/1.1.0" / f"{table}.parquet"
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


@pytest.mark.smoke
def test_a_reader_searches_filters_sorts_sends_the_view_and_takes_it(
    browser: Browser, site: str, home: Workspace
) -> None:
    with looking(browser, f"{site}plans/") as look:
        page = look.page
        settled(page)
        page.get_by_label("Language of the plan").select_option("zh")
        page.get_by_label("Words").fill("建设")
        page.get_by_role("button", name="Task", exact=True).click()
        chinese = {row["document_id"] for row in rows_of(home, "documents") if row["language"] == "zh"}
        tasks = [row for row in rows_of(home, "tasks") if row["document_id"] in chinese]
        wanted = {row["task_id"] for row in tasks if "建设" in row["text"]}
        assert wanted
        expect(page.locator("th[aria-sort=ascending]")).to_have_text("Task")
        expect(page.get_by_role("status").first).to_contain_text(f"{len(wanted)} of ")
        shown, address = ids_shown(page), page.url
        assert "language=zh" in address
        assert "sort=title" in address
        with page.expect_download() as download:
            page.get_by_role("button", name="Download what I see").click()
        with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
            taken = list(csv.DictReader(file))
        assert look.complaints == []
    with looking(browser, address) as sent:
        settled(sent.page)
        expect(sent.page.get_by_label("Words")).to_have_value("建设")
        assert ids_shown(sent.page) == shown
    assert {row["task_id"] for row in taken} == wanted
    published = {row["task_id"]: row for row in rows_of(home, "tasks")}
    for row in taken:
        one = published[row["task_id"]]
        assert {name: row[name] for name in one} == {
            name: "" if cell is None else str(cell) for name, cell in one.items()
        }


def ids_shown(page: Page) -> list[str]:
    hrefs = page.locator("tbody td.title > a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return [f"{href.split('/')[-2]}/{href.rpartition('#')[2]}" for href in hrefs]


def test_a_row_leads_to_its_mark_and_the_mark_back_to_its_row(browser: Browser, site: str, home: Workspace) -> None:
    with looking(browser, f"{site}plans/?q=%E5%BB%BA%E8%AE%BE") as look:
        page = look.page
        settled(page)
        task_id = ids_shown(page)[0]
        (task,) = (row for row in rows_of(home, "tasks") if row["task_id"] == task_id)
        page.locator("tbody td.title > a").first.click()
        page.wait_for_url("**/plans/plans/**")
        mark = page.locator(f"[id='{task_id.partition('/')[2]}']")
        expect(mark.first).to_be_in_viewport()
        assert task["text"].startswith("".join(mark.all_text_contents()))
        facts = page.locator("p.task-facts", has=page.locator(f"a[href='#{task_id.partition('/')[2]}']"))
        assert facts.get_by_role("link", name="on the live page").get_attribute("href") == task["deep_link"]
        facts.get_by_role("link", name="in the table").click()
        page.wait_for_url("**/plans/?q=*")
        settled(page)
        assert ids_shown(page) == [task_id]
        page.go_back()
        expect(mark.first).to_be_in_viewport()
        assert look.complaints == []


def test_two_versions_are_compared_as_the_data_say_it(browser: Browser, site: str, home: Workspace) -> None:
    with looking(browser, f"{site}plans/versions.html") as look:
        page = look.page
        page.get_by_role("link", name="with 1.0.0").click()
        settled(page)
        changes = rows_of(home, "changes")
        reworded = next(
            row
            for row in changes
            if row["change"] == "altered" and row["column_name"] == "text" and row["table_name"] == "tasks"
        )
        shown = page.locator("#changes", has_text=reworded["row_id"])
        expect(shown.locator("ins", has_text="切实").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the changes").click()
        published = home.root / "data/published/plans/1.1.0/changes.csv"
        assert Path(download.value.path()).read_bytes() == published.read_bytes()
        assert look.complaints == []


def test_the_language_is_switched_where_one_stands_and_stays(browser: Browser, site: str) -> None:
    with looking(browser, f"{site}plans/?language=zh&q=%E5%BB%BA%E8%AE%BE#tasks") as look:
        page = look.page
        settled(page)
        shown = ids_shown(page)
        page.get_by_role("link", name="中文").click()
        page.wait_for_url("**/zh/plans/?language=zh&q=*#tasks")
        settled(page)
        assert page.locator("html").get_attribute("lang") == "zh"
        assert ids_shown(page) == shown
        page.locator("tbody td.title > a").first.click()
        page.wait_for_url("**/zh/plans/plans/**#t*")
        anchor = page.url.rpartition("#")[2]
        page.get_by_role("link", name="English").click()
        page.wait_for_url(f"**/plans/plans/**#{anchor}")
        assert "/zh/" not in page.url
        assert page.locator("html").get_attribute("lang") == "en"
        assert look.complaints == []


def test_all_is_reached_by_keyboard(browser: Browser, site: str) -> None:
    with looking(browser, f"{site}plans/") as look:
        page = look.page
        settled(page)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == "q":
                break
        page.keyboard.type("建设")
        expect(page.get_by_role("status").first).not_to_contain_text("The first")
        expect(page.locator("tbody mark").first).to_be_visible()


def test_what_means_harm_does_none_on_any_page(browser: Browser, site: str, home: Workspace) -> None:
    shelf = home.root / "data/published"
    pages = [path.relative_to(shelf).as_posix() for path in shelf.rglob("*.html")]
    pages = [name for name in pages if not name.removeprefix("zh/").startswith("plans/")]
    assert len(pages) >= 22
    shown = 0
    with looking(browser, site) as look:
        for name in pages:
            look.page.goto(site + name)
            settled(look.page)
            assert look.page.title() not in {"", "1"}, name
            assert look.page.locator("iframe, img[src=x], main svg[onload], b:empty").count() == 0, name
            shown += "<script>document.title" in look.page.locator("body").inner_text()
            assert look.complaints == [], name
    assert shown >= 10
