"""The page that compares versions, in a browser, on real releases: what it shows is what the shelf says changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from catalog.comparison import describe_comparison
from publish.change_summary import summarise
from publish.release import write_release
from tests.catalog.browser_tabs import Tab, open_tab, serve_folder, write_page
from tests.publish.releases import NOW
from tests.transform.plans import Areas, after, announced, dataset
from transform.changes import find_changes
from transform.draft import draft_release
from transform.models import Draft
from transform.schema import TABLES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "=1+1 <img src=x onerror=alert(1)> <script>alert(2)</script> $& {n} \u202e for all ferries of the bay."
FERRIES = ("Run one timetable for all ferries of the bay.", "Build a pier for night ferries at the old fish market.")
SCHOOLS = ("Open the technical college to all pupils.", "Train teachers together in the holidays.", HOSTILE)
PLANS: dict[str, tuple[Areas, ...]] = {
    "towns": (
        (("Sharing Ferries", FERRIES), ("Sharing Schools", SCHOOLS)),
        (
            ("Sharing Ferries", (FERRIES[0].replace("one timetable", "a common timetable"), "Mark the paths.")),
            ("Sharing All Schools", (SCHOOLS[1], SCHOOLS[0], HOSTILE.replace("all ferries", "<b>every</b> ferry"))),
        ),
        ((("Sharing Ferries"), FERRIES), ("Sharing Schools", SCHOOLS[:2])),
    ),
    "huanhu": (
        (("共享渡轮", ("加快建设环湖公路和沿线码头。", "打通, 所有“断头路”。")),),
        (("共享渡轮", ("加快推进环湖铁路和沿线码头。", "打通, 所有“断头路”。", "𠮷日开通夜航。")),),
    ),
}  # fmt: skip


def make_drafts(plans: tuple[Areas, ...]) -> Iterator[Draft]:
    draft = draft_release(dataset(), [announced(plans[0])])
    yield draft
    for areas in plans[1:]:
        draft = after(draft, announced(areas))
        yield draft


def write_site(site: Path, name: str) -> None:
    """The releases of a dataset, and its page in both languages."""
    versions: list[dict[str, str]] = []
    for draft in make_drafts(PLANS[name]):
        assert draft.version
        folder = site / name / draft.version
        folder.mkdir(parents=True)
        write_release(folder, dataset(), draft, NOW, problems={})
        summary = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["changeSummary"]
        versions.insert(0, {"number": draft.version, "date": "2026-11-23", "summary": summary})
    write_pages(site, name, versions)


def write_pages(site: Path, name: str, versions: list[dict[str, str]]) -> None:
    for lang, prefix in (("en", ""), ("zh", f"../../{name}/")):
        shown: dict[str, Any] = {
            "dataset": {"id": name, "title": name},
            "versions": [{**version, "data": f"{prefix}{version['number']}/"} for version in versions],
            "comparing": describe_comparison(lang),
        }
        write_page(site, lang, "compare.html", f"{name}/compare.html", **shown)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name in PLANS:
        write_site(folder, name)
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    with serve_folder(folder) as url:
        yield url


def wait_for_changes(tab: Tab) -> str:
    """Wait until all is shown; the summary."""
    tab.page.wait_for_function(
        "() => !document.getElementById('saving').hidden && ![...document.querySelectorAll('.group')].some(group => !group.querySelector('li'))"
    )
    return tab.page.locator("#summary").inner_text()


def download_changes(tab: Tab) -> bytes:
    with tab.page.expect_download() as download:
        tab.page.click("#save")
    return Path(download.value.path()).read_bytes()


def list_versions(folder: Path, name: str) -> list[str]:
    return sorted(path.name for path in (folder / name).iterdir() if path.is_dir())


@pytest.mark.parametrize("lang", ["", "zh/"])
@pytest.mark.parametrize("name", list(PLANS))
def test_the_download_is_the_changes_table_of_the_newer_version(
    browser: Browser, site: str, folder: Path, name: str, lang: str
) -> None:
    versions = list_versions(folder, name)
    for before, now in pairwise(versions):
        with open_tab(browser, f"{site}{lang}{name}/compare.html?from={before}&to={now}") as tab:
            wait_for_changes(tab)
            assert download_changes(tab) == (folder / name / now / "changes.csv").read_bytes()
            assert tab.complaints == []


@pytest.mark.parametrize("name", list(PLANS))
def test_every_change_is_shown_and_no_other(browser: Browser, site: str, folder: Path, name: str) -> None:
    old, new, *_ = list_versions(folder, name)
    changes = pq.read_table(folder / name / new / "changes.parquet", use_threads=False)
    tables = {table["name"] for table in describe_comparison("en")["tables"]}
    with open_tab(browser, f"{site}{name}/compare.html?from={old}&to={new}") as tab:
        wait_for_changes(tab)
        shown = set()
        for group in tab.page.locator(".group").all():
            _, table, kind = (group.get_attribute("aria-labelledby") or "").split("-")
            for row in group.locator("li").all():
                row_id = row.locator(".id").inner_text()
                cells = row.locator(".badge").all_inner_texts() or ["*"]
                shown |= {(table, row_id, kind, cell) for cell in cells}
        assert tables >= {table for table, *_ in shown}
        keys = ("table_name", "row_id", "change", "column_name")
        assert shown == {tuple(row[key] for key in keys) for row in changes.to_pylist()}
        assert not tab.page.locator(".group button:visible").count()
        assert tab.complaints == []


def test_the_summary_is_that_of_the_version_and_texts_stay_texts(browser: Browser, site: str, folder: Path) -> None:
    old, new, *_ = list_versions(folder, "towns")
    read = {
        name: pq.read_table(folder / "towns" / new / f"{name}.parquet", use_threads=False)
        for name in ("changes", "areas")
    }
    areas = read["areas"]
    summary = summarise(
        read["changes"],
        areas.set_column(areas.column_names.index("label"), areas.schema.field("label"), [[""] * areas.num_rows]),
    )
    with open_tab(browser, f"{site}towns/compare.html?from={old}&to={new}") as tab:
        assert wait_for_changes(tab) == summary
        assert tab.page.locator("#summary").get_attribute("aria-live") == "polite"
        texts = tab.page.locator("#changes").inner_text()
        assert "<img src=x onerror=alert(1)> <script>alert(2)</script> $& {n}" in texts
        assert tab.page.locator("#changes img, #changes script, #changes b").count() == 0
        assert tab.complaints == []


def test_words_are_marked_that_are_gone_and_new_in_chinese_too(browser: Browser, site: str, folder: Path) -> None:
    old, new, *_ = list_versions(folder, "towns")
    with open_tab(browser, f"{site}towns/compare.html?from={old}&to={new}") as tab:
        wait_for_changes(tab)
        text = tab.page.locator("#group-tasks-altered ~ ul li", has_text="timetable").locator(
            ".cell", has_text="timetable"
        )
        assert [text.locator(mark).all_inner_texts() for mark in ("del", "ins")] == [["one "], ["a common "]]
    before, now = list_versions(folder, "huanhu")
    with open_tab(browser, f"{site}zh/huanhu/compare.html?from={before}&to={now}") as tab:
        wait_for_changes(tab)
        cell = tab.page.locator("#group-tasks-altered ~ ul .cell", has_text="环湖").first
        assert "环湖" not in "".join(cell.locator("del, ins").all_inner_texts())
        assert {"公路", "铁路"} <= set(cell.locator("del, ins").all_inner_texts())


def test_any_two_versions_are_chosen_by_keyboard_and_the_address_can_be_sent(
    browser: Browser, site: str, folder: Path
) -> None:
    first, _, last = list_versions(folder, "towns")
    tables = [
        {name: pq.read_table(folder / "towns" / version / f"{name}.parquet", use_threads=False) for name in TABLES}
        for version in (last, first)
    ]
    with open_tab(browser, f"{site}towns/compare.html") as tab:
        wait_for_changes(tab)
        assert [tab.page.input_value(f"#{side}") for side in ("from", "to")] == list_versions(folder, "towns")[-2:]
        tab.page.select_option("#from", first)
        tab.page.focus("#to")
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url(f"**/compare.html?from={first}&to={last}")
        wait_for_changes(tab)
        address = tab.page.url
        tab.page.click("#swap")
        tab.page.wait_for_url(f"**/compare.html?from={last}&to={first}")
        wait_for_changes(tab)
        lines = download_changes(tab).decode("utf-8-sig").count("\r\n") - 1
        assert lines == find_changes(*tables).num_rows
        tab.page.go_back()
        tab.page.wait_for_url(address)
        wait_for_changes(tab)
        assert [tab.page.input_value(f"#{side}") for side in ("from", "to")] == [first, last]
        assert tab.complaints == []


def test_versions_that_are_the_same_or_unknown_are_one_line(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}towns/compare.html?from=1.0.0&to=1.0.0") as tab:
        assert tab.page.locator("#summary").inner_text() == "Choose two different versions."
    with open_tab(browser, f"{site}towns/compare.html?from=0.9.9<b>&to=1.0.0") as tab:
        alert = tab.page.locator("[role=alert]")
        assert alert.inner_text() == "0.9.9<b> is not among the versions that stand."
        assert not tab.page.locator("#saving").is_visible()


def test_a_version_that_cannot_be_read_is_one_line(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}towns/icon.svg") as tab:
        tab.page.context.route("**/tasks.parquet", lambda route: route.fulfill(body=b"PAR1 is no table", status=200))
        tab.page.goto(f"{site}towns/compare.html")
        alert = tab.page.locator("[role=alert]")
        alert.filter(has_text="could not be compared").wait_for()
        assert "\n" not in alert.inner_text()
        assert tab.page.locator("#summary").inner_text() == ""


def test_without_scripts_the_page_leads_to_the_pages_of_versions(browser: Browser, site: str, folder: Path) -> None:
    with open_tab(browser, f"{site}towns/compare.html", java_script_enabled=False) as tab:
        links = [link.get_attribute("href") for link in tab.page.locator("#listed a").all()]
        assert links == [f"versions/{version}/" for version in reversed(list_versions(folder, "towns"))]
        assert not tab.page.locator("#choice").is_visible()


def test_one_version_alone_is_not_compared(browser: Browser, tmp_path: Path) -> None:
    write_pages(tmp_path, "towns", [{"number": "1.0.0", "date": "2026-11-23", "summary": "first release"}])
    with serve_folder(tmp_path) as url, open_tab(browser, f"{url}towns/compare.html") as tab:
        assert tab.page.locator(".notice").is_visible()
        assert (tab.find_violations(), tab.complaints) == ([], [])


def test_a_table_or_column_that_one_version_lacks_is_named(browser: Browser, tmp_path: Path) -> None:
    write_site(tmp_path, "huanhu")
    old, new = list_versions(tmp_path, "huanhu")
    (tmp_path / "huanhu" / old / "mentions.parquet").unlink()
    _forget(tmp_path / "huanhu" / old, "mentions", None)
    documents = tmp_path / "huanhu" / old / "documents.parquet"
    pq.write_table(pq.read_table(documents, use_threads=False).drop_columns(["place"]), documents, compression="zstd")
    _forget(documents.parent, "documents", "place")
    with serve_folder(tmp_path) as url, open_tab(browser, f"{url}huanhu/compare.html") as tab:
        wait_for_changes(tab)
        assert tab.page.locator("#notes li").all_inner_texts() == [
            f"Only {new} has the column place of documents.",
            f"Only {new} has the table mentions: all its rows count as added or removed.",
        ]
        assert tab.complaints == []


def _forget(folder: Path, table: str, column: str | None) -> None:
    """Take a table, or a column of it, out of a release's descriptor."""
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in descriptor["resources"]}
    if column is None:
        descriptor["resources"].remove(resources[table])
    else:
        schema = resources[table]["schema"]
        schema["fields"] = [field for field in schema["fields"] if field["name"] != column]
    path.write_text(json.dumps(descriptor), encoding="utf-8")


def test_a_hundred_thousand_changes_do_not_freeze_the_page(browser: Browser, tmp_path: Path) -> None:
    write_site(tmp_path, "huanhu")
    old, new = list_versions(tmp_path, "huanhu")
    for number, label in ((old, "1."), (new, "2.")):
        _multiply_task(tmp_path / "huanhu" / number / "tasks.parquet", label, 100_000)
    with serve_folder(tmp_path) as url, open_tab(browser, f"{url}huanhu/icon.svg") as tab:
        tab.page.context.add_init_script(
            "globalThis.pauses = []; let last = performance.now();"
            "setInterval(() => { const now = performance.now(); pauses.push(now - last); last = now; }, 20);"
        )
        tab.page.goto(f"{url}huanhu/compare.html")
        assert wait_for_changes(tab).startswith("100,000 tasks reworded, 100,000 renumbered")
        rows = tab.page.locator("#group-tasks-altered ~ ul > li")
        assert rows.count() == 200
        button = tab.page.locator("section", has=tab.page.locator("#group-tasks-altered")).locator("button")
        assert button.inner_text() == "Show 200 more (99,800 left)"
        button.click()
        tab.page.wait_for_function("() => document.querySelectorAll('#group-tasks-altered ~ ul > li').length === 400")
        assert download_changes(tab).count(b"\r\n") > 100_000
        assert tab.page.evaluate("Math.max(...pauses)") < 1000


def _multiply_task(path: Path, label: str, count: int) -> None:
    """As many tasks as are asked for, each with this label."""
    import pyarrow as pa

    table = pq.read_table(path, use_threads=False)
    row = {name: column[0] for name, column in zip(table.column_names, table.columns, strict=True)}
    columns = {name: pa.repeat(value, count) for name, value in row.items()}
    columns["task_id"] = pa.array([f"towns/t{n:06}" for n in range(count)])
    columns["label"] = pa.repeat(pa.scalar(label), count)
    pq.write_table(pa.table(columns, schema=table.schema), path, compression="zstd")
