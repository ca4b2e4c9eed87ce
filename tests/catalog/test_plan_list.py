"""The list of plans: all of them, those that went too, in parts if they are many, for every reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html

from catalog.pages import localise_name
from tests.catalog.browser_tabs import CHECKED, open_tab, serve_folder
from tests.catalog.links import follow_links
from tests.catalog.published_plans import publish_plans
from tests.pipeline.test_story import PLAN, Life

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def folder_of(life: Life, lang: str = "") -> Path:
    return life.home.root / "data" / "published" / lang / "harbour" / "plans"


def read_rows(path: Path) -> dict[str, list[str]]:
    """The cells of each row, by where its link leads; no link leads nowhere, and none stands twice."""
    page = html.fromstring(path.read_bytes())
    rows: dict[str, list[str]] = {}
    for row in page.xpath("//tbody/tr"):
        (link,) = row.xpath(".//a/@href")
        assert link not in rows
        assert (path.parent / link).is_file()
        rows[link] = [" ".join(cell.text_content().split()) for cell in row]
    return rows


def test_every_plan_is_listed_with_its_source_its_day_and_its_number_of_tasks(tmp_path: Path) -> None:
    home = publish_plans(tmp_path)
    shelf = home.root / "data" / "published"
    for lang in ("", "zh/"):
        rows = read_rows(shelf / lang / "plans/plans/index.html")
        assert len(rows) == 7
        assert {cells[1] for cells in rows.values()} == {path.stem for path in (tmp_path / "data/raw").iterdir()}
        days = [cells[2] for cells in rows.values()]
        assert days == sorted(days, reverse=True)
        assert [day for day in days if day]
        for link, cells in rows.items():
            page = html.fromstring((shelf / lang / "plans/plans" / link).read_bytes())
            assert cells[0] == page.findtext(".//h1")
            assert int(cells[3]) == len(
                page.xpath("//*[contains(@class, 'task') and not(contains(@class, 'sub'))][@id]")
            )


def test_the_newest_edition_is_the_one_that_is_linked(life: Life) -> None:
    life.run()
    life.next((("Sharing Ferries", ("Run one good timetable for all ferries of the bay.",)), PLAN[1]))
    version = life.newest.version
    assert version != "1.0.0"
    assert set(read_rows(folder_of(life) / "index.html")) == {f"towns/{version}.html", "villages/1.0.0.html"}


def test_a_plan_that_only_older_versions_have_is_listed_as_such(life: Life) -> None:
    order = life.home.datasets / "harbour.yaml"
    life.run()
    order.write_text(order.read_text("utf-8").replace("  - id: villages\n    url: https://villages.example/plan\n", ""))
    life.run()
    assert [row["document_id"] for row in life.rows("documents")] == ["towns"]
    for lang, word in (("", "not in the newest version"), ("zh", "不在最新版本中")):
        rows = read_rows(folder_of(life, lang) / "index.html")
        assert {link: word in cells[0] for link, cells in rows.items()} == {
            "towns/1.0.0.html": False,
            "villages/1.0.0.html": True,
        }


def test_a_long_list_is_in_parts_that_lead_to_each_other(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.plan_list.PLANS_PER_PAGE", 1)
    life.run()
    first, second = (
        read_rows(folder_of(life, lang) / "index.html") | read_rows(folder_of(life, lang) / "page-2.html")
        for lang in ("", "zh")
    )
    assert set(first) == set(second) == {"towns/1.0.0.html", "villages/1.0.0.html"}
    page = html.fromstring((folder_of(life) / "page-2.html").read_bytes())
    assert page.findtext(".//caption") == "Plans 2 to 2 of 2"
    assert html.fromstring((folder_of(life) / "index.html").read_bytes()).xpath("//a[@rel='next']/@href") == [
        "page-2.html"
    ]
    with serve_folder(life.home.root / "data" / "published") as address:
        broken, reached = follow_links(address)
    assert broken == []
    assert {f"{address}{lang}harbour/plans/page-2.html" for lang in ("", "zh/")} <= reached


def test_where_no_version_stands_there_is_no_list_and_no_link_to_one(life: Life) -> None:
    life.run()
    assert life.withdraw("1.0.0", "it was a mistake") == 0
    assert not (folder_of(life) / "index.html").exists()
    pages = list(folder_of(life).parent.rglob("*.html"))
    assert pages
    assert not [path for path in pages if "plans/" in path.read_text("utf-8")]


@pytest.mark.parametrize(("lang", "heading"), [("en", "Plans"), ("zh", "规划")])
def test_everybody_can_read_the_list(
    life: Life, browser: Browser, lang: str, heading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.plan_list.PLANS_PER_PAGE", 1)
    life.run()
    with (
        serve_folder(life.home.root / "data" / "published") as address,
        open_tab(browser, address + localise_name(lang, "harbour/plans/"), *CHECKED[lang]) as tab,
    ):
        assert not tab.is_too_wide()
        assert (tab.find_violations(), tab.complaints) == ([], [])
        assert tab.page.locator("nav.sections [aria-current=page]").inner_text() == heading
