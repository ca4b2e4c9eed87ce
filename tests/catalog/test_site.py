"""The whole site as a reader follows it in a browser.

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

from pipeline.workspace import Workspace
from tests.catalog.browser_tabs import CHECKED, SCHEMES, WIDTHS, Tab, open_tab, serve_folder
from tests.catalog.published_plans import HOSTILE, publish_hostile_texts, publish_plans

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

REASON = "</td><script>document.title = 1</script> it named a person"
# The bytes that a reader may have to load before the home page stands.
MAX_WEIGHT = 100_000
# Of each kind of page one.
PAGES = {
    "home": "",
    "dataset": "plans/",
    "search": "plans/?q=%E5%BB%BA%E8%AE%BE&sort=title",
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
    """A dataset of many plans; and one of texts that mean harm, of which a version was withdrawn."""
    home = publish_plans(tmp_path_factory.mktemp("home"))
    life = publish_hostile_texts(home)
    ((area, tasks),) = HOSTILE
    life.next(((area, (*tasks, "Build a <svg onload=document.title=1> at all piers for the night ferries.")),))
    assert life.withdraw("1.1.0", REASON) == 0
    return home


@pytest.fixture(scope="module")
def site(home: Workspace) -> Iterator[str]:
    with serve_folder(home.root / "data" / "published") as address:
        yield address


def wait_for_scripts(page: Page) -> None:
    """Wait until whatever the page makes by its scripts is made."""
    page.wait_for_load_state("networkidle")
    if page.locator("[data-explore]").count():
        expect(page.locator("th button").first).to_be_visible()
    if "compare.html?" in page.url:
        expect(page.locator("#changes ins").first).to_be_visible()


def keep_picture(tab: Tab, name: str, width: int, scheme: str) -> None:
    if folder := os.environ.get("POLICYTASKS_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        tab.page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_each_kind_of_page_is_accessible_at_every_width_and_in_every_scheme(
    browser: Browser, site: str, name: str, lang: str
) -> None:
    prefix = "" if lang == "en" else "zh/"
    with open_tab(browser, site + prefix + PAGES[name]) as tab:
        wait_for_scripts(tab.page)
        assert tab.page.locator("html").get_attribute("lang") == lang
        for scheme in SCHEMES:
            tab.page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                tab.page.set_viewport_size({"width": width, "height": 900})
                keep_picture(tab, f"{name}-{lang}", width, scheme)
                assert not tab.is_too_wide(), (width, scheme)
        width, scheme = CHECKED[lang]
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.page.emulate_media(color_scheme=scheme)
        assert tab.find_violations() == []
        assert tab.complaints == []


def read_rows(home: Workspace, table: str) -> list[dict[str, Any]]:
    path = home.root / "data/published/plans/1.1.0" / f"{table}.parquet"
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


@pytest.mark.smoke
def test_a_reader_searches_filters_sorts_sends_the_view_and_takes_it(
    browser: Browser, site: str, home: Workspace
) -> None:
    with open_tab(browser, f"{site}plans/") as tab:
        page = tab.page
        wait_for_scripts(page)
        page.get_by_label("Language of the plan").select_option("zh")
        page.get_by_label("Words").fill("建设")
        page.get_by_role("button", name="Task", exact=True).click()
        chinese = {row["document_id"] for row in read_rows(home, "documents") if row["language"] == "zh"}
        tasks = [row for row in read_rows(home, "tasks") if row["document_id"] in chinese]
        wanted = {row["task_id"] for row in tasks if "建设" in row["text"]}
        assert wanted
        expect(page.locator("th[aria-sort=ascending]")).to_have_text("Task")
        expect(page.get_by_role("status").first).to_contain_text(f"{len(wanted)} of ")
        shown, address = list_shown_ids(page), page.url
        assert "language=zh" in address
        assert "sort=title" in address
        with page.expect_download() as download:
            page.get_by_role("button", name="Download what I see").click()
        with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
            taken = list(csv.DictReader(file))
        assert tab.complaints == []
    with open_tab(browser, address) as sent:
        wait_for_scripts(sent.page)
        expect(sent.page.get_by_label("Words")).to_have_value("建设")
        assert list_shown_ids(sent.page) == shown
    assert {row["task_id"] for row in taken} == wanted


def list_shown_ids(page: Page) -> list[str]:
    hrefs = page.locator("tbody td.title > a").evaluate_all("all => all.map(link => link.getAttribute('href'))")
    return [f"{href.split('/')[-2]}/{href.rpartition('#')[2]}" for href in hrefs]


def test_a_row_leads_to_its_mark_and_the_mark_back_to_its_row(browser: Browser, site: str, home: Workspace) -> None:
    with open_tab(browser, f"{site}plans/?q=%E5%BB%BA%E8%AE%BE") as tab:
        page = tab.page
        wait_for_scripts(page)
        task_id = list_shown_ids(page)[0]
        (task,) = (row for row in read_rows(home, "tasks") if row["task_id"] == task_id)
        page.locator("tbody td.title > a").first.click()
        page.wait_for_url("**/plans/plans/**")
        mark = page.locator(f"[id='{task_id.partition('/')[2]}']")
        expect(mark.first).to_be_in_viewport()
        assert task["text"].startswith("".join(mark.all_text_contents()))
        facts = page.locator("p.task-facts", has=page.locator(f"a[href='#{task_id.partition('/')[2]}']"))
        assert facts.get_by_role("link", name="on the live page").get_attribute("href") == task["deep_link"]
        facts.get_by_role("link", name="in the table").click()
        page.wait_for_url("**/plans/?q=*")
        wait_for_scripts(page)
        assert list_shown_ids(page) == [task_id]
        page.go_back()
        expect(mark.first).to_be_in_viewport()
        assert tab.complaints == []


def test_two_versions_are_compared_as_the_data_say_it(browser: Browser, site: str, home: Workspace) -> None:
    with open_tab(browser, f"{site}plans/versions.html") as tab:
        page = tab.page
        page.get_by_role("link", name="with 1.0.0").click()
        wait_for_scripts(page)
        changes = read_rows(home, "changes")
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
        assert tab.complaints == []


def test_a_switch_of_language_keeps_the_page_and_what_it_shows(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}plans/?language=zh&q=%E5%BB%BA%E8%AE%BE#tasks") as tab:
        page = tab.page
        wait_for_scripts(page)
        shown = list_shown_ids(page)
        page.get_by_role("link", name="中文").click()
        page.wait_for_url("**/zh/plans/?language=zh&q=*#tasks")
        wait_for_scripts(page)
        assert page.locator("html").get_attribute("lang") == "zh"
        assert list_shown_ids(page) == shown
        page.locator("tbody td.title > a").first.click()
        page.wait_for_url("**/zh/plans/plans/**#t*")
        anchor = page.url.rpartition("#")[2]
        page.get_by_role("link", name="English").click()
        page.wait_for_url(f"**/plans/plans/**#{anchor}")
        assert "/zh/" not in page.url
        assert page.locator("html").get_attribute("lang") == "en"
        assert tab.complaints == []


def test_the_search_is_reached_by_keyboard(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}plans/") as tab:
        page = tab.page
        wait_for_scripts(page)
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
    with open_tab(browser, site) as tab:
        for name in pages:
            tab.page.goto(site + name)
            wait_for_scripts(tab.page)
            assert tab.page.title() not in {"", "1"}, name
            assert tab.page.locator("iframe, img[src=x], main svg[onload], b:empty").count() == 0, name
            shown += "<script>document.title" in tab.page.locator("body").inner_text()
            assert tab.complaints == [], name
    assert shown >= 10


@pytest.mark.parametrize("lang", ["", "zh/"])
def test_the_home_page_with_all_that_it_loads_is_below_100_kb(browser: Browser, site: str, lang: str) -> None:
    weights: dict[str, int] = {}
    requests: list[Request] = []
    with open_tab(browser) as tab:
        tab.page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 (not a builtin)
        tab.page.goto(site + lang, wait_until="networkidle")
        for request in requests:
            sizes = request.sizes()
            weights[request.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        # A browser without a screen asks for no icon; a reader's does.
        for icon in tab.page.locator("link[rel=icon]").all():
            answer = tab.page.request.get(str(icon.evaluate("icon => icon.href")))
            weights[answer.url] = len(answer.body()) + sum(
                len(f"{name}: {value}\r\n") for name, value in answer.headers.items()
            )
    kinds = {url.partition("?")[0].rpartition(".")[2] for url in weights if url != site + lang}
    assert {"css", "js", "svg"} <= kinds
    assert all(weights.values())
    assert sum(weights.values()) < MAX_WEIGHT, f"{sum(weights.values())} bytes: {weights}"
