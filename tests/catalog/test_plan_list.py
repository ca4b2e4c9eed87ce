"""The list of plans: all of them, those that went too, in parts where they are many, for every reader."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html

from cli.main import main
from publish.storage.backend import ShelfError
from tests.catalog.looking import CHECKED, SCHEMES, WIDTHS, looking, served
from tests.catalog.served import serving
from tests.catalog.walker import walk_site
from tests.catalog.whole import publish_whole
from tests.pipeline.test_story import PLAN, Life

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Cells = list[str]


def folder_of(life: Life, lang: str = "") -> Path:
    return life.home.root / "data" / "published" / lang / "harbour" / "plans"


def rows_of(path: Path) -> dict[str, Cells]:
    """The cells of each row, by where its link leads; no link leads nowhere, and none stands twice."""
    page = html.fromstring(path.read_bytes())
    found: dict[str, Cells] = {}
    for row in page.xpath("//tbody/tr"):
        (link,) = row.xpath(".//a/@href")
        assert link not in found
        assert (path.parent / link).is_file()
        found[link] = [" ".join(cell.text_content().split()) for cell in row]
    return found


def test_every_plan_is_told_with_its_source_its_day_and_its_tasks(tmp_path: Path) -> None:
    home = publish_whole(tmp_path)
    shelf = home.root / "data" / "published"
    for lang in ("", "zh/"):
        rows = rows_of(shelf / lang / "plans/plans/index.html")
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
    assert set(rows_of(folder_of(life) / "index.html")) == {f"towns/{version}.html", "villages/1.0.0.html"}


def test_a_plan_that_only_older_versions_have_is_listed_as_such(life: Life) -> None:
    order = life.home.datasets / "harbour.yaml"
    life.run()
    order.write_text(order.read_text("utf-8").replace("  - id: villages\n    url: https://villages.example/plan\n", ""))
    life.run()
    assert [row["document_id"] for row in life.rows("documents")] == ["towns"]
    for lang, word in (("", "not in the newest version"), ("zh", "不在最新版本中")):
        rows = rows_of(folder_of(life, lang) / "index.html")
        assert {link: word in cells[0] for link, cells in rows.items()} == {
            "towns/1.0.0.html": False,
            "villages/1.0.0.html": True,
        }


def test_a_long_list_is_in_parts_that_lead_to_each_other(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.plan_list.PLANS_PER_PAGE", 1)
    life.run()
    first, second = (
        rows_of(folder_of(life, lang) / "index.html") | rows_of(folder_of(life, lang) / "page-2.html")
        for lang in ("", "zh")
    )
    assert set(first) == set(second) == {"towns/1.0.0.html", "villages/1.0.0.html"}
    page = html.fromstring((folder_of(life) / "page-2.html").read_bytes())
    assert page.findtext(".//caption") == "Plans 2 to 2 of 2"
    assert html.fromstring((folder_of(life) / "index.html").read_bytes()).xpath("//a[@rel='next']/@href") == [
        "page-2.html"
    ]
    reached: set[str] = set()
    with serving(life.home.root) as address:
        assert walk_site(address, reached=reached) == []
    assert {f"{address}{lang}harbour/plans/page-2.html" for lang in ("", "zh/")} <= reached


def test_where_no_version_stands_there_is_no_list_and_no_link_to_one(life: Life) -> None:
    life.run()
    assert life.withdraw("1.0.0", "it was a mistake") == 0
    assert not (folder_of(life) / "index.html").exists()
    pages = list(folder_of(life).parent.rglob("*.html"))
    assert pages
    assert not [path for path in pages if "plans/" in path.read_text("utf-8")]


def test_a_memory_of_editions_that_lacks_a_plan_is_told_in_a_line(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    life.run()
    (folder_of(life) / "editions.json").write_text('{"versions": ["1.0.0"], "documents": {"towns": ["1.0.0"]}}')
    with pytest.raises(ShelfError, match=r"editions.json: lacks villages in 1.0.0; remove the file"):
        life.run()
    assert main(["publish", "--direct", "--offline", "--home", str(life.home.root)]) == 1
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("lang", ["", "zh/"])
def test_everybody_can_read_the_list(life: Life, browser: Browser, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.plan_list.PLANS_PER_PAGE", 1)
    life.run()
    with served(life.home.root / "data" / "published") as address:
        for width, scheme in zip(WIDTHS, reversed(SCHEMES), strict=True):
            with looking(browser, f"{address}{lang}harbour/plans/", width, scheme) as look:
                assert not look.is_too_wide()
                assert look.complaints == []
                if (width, scheme) == CHECKED[lang.rstrip("/") or "en"]:
                    assert look.violations() == []
                current = look.page.locator("nav.sections [aria-current=page]")
                assert current.inner_text() == ("规划" if lang else "Plans")
