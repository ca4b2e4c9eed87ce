"""The page of pictures, in a browser: numbers drawn and in tables, in both languages, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from catalog.figures import Figure, make_figures
from catalog.pages import localise_name
from publish.records import ReleaseIndex, parse_record
from tests.catalog.browser_tabs import CHECKED, Tab, open_tab, serve_folder, write_page
from tests.catalog.tables import tables_of
from tests.catalog.test_figures import task
from tests.conftest import CHECKOUT
from tests.publish.releases import HOSTILE, make_listed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHELF = CHECKOUT / "data" / "published"
PIXELS = """canvas => {
  const pen = canvas.getContext("2d");
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3]) colours.add(data.slice(at, at + 4).join());
  return [...colours];
}"""
# Whether the first picture has a colour.
IS_DARK = """colour => {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4) if (colour.every((part, of) => data[at + of] === part)) return true;
  return false;
}"""
LONG = (
    "推动成渝地区双城经济圈重大基础设施互联互通和公共服务共建共享工作领导小组办公室",
    "The Joint Office of All Ferries, Piers and Harbours of the Towns around the Bay",
)
DATASET = {"id": "towns", "title": "Tasks of the towns"}


def make_all_figures() -> tuple[Figure, ...]:
    """Figures of which none is empty, with long names in both languages and a hostile one."""
    kinds = ("core", "core", "safeguard", "core", "core")
    tables = tables_of(
        {
            "documents": [{"document_id": "p", "title": "环湖城镇行动计划"}],
            "areas": [
                {
                    "area_id": f"p/a{n}",
                    "document_id": "p",
                    "ordinal": n,
                    "label": f"({n})",
                    "title": title,
                    "kind": "core",
                }
                for n, title in enumerate((*LONG, HOSTILE), 1)
            ],
            "tasks": [
                task(f"p/t{n}", f"p/a{n % 3 + 1}", kind, deadline=date(2020 + n, 12, 31))
                for n, kind in enumerate(kinds)
            ],
            "assignments": [
                {"task_id": f"p/t{n}", "body_id": f"b{n % 3}", "role": role}
                for n, role in enumerate(("lead", "support", "responsible", "lead"))
            ],
            "bodies": [{"body_id": f"b{n}", "name": name} for n, name in enumerate((*LONG, HOSTILE))],
        }
    )
    rows = {"tasks": 5, "areas": 3, "documents": 1}
    releases = [
        make_listed("1.0.1", rows=rows),
        make_listed("1.0.0", published_at="2026-11-24T04:32:05Z", rows=rows, withdrawn={"reason": "x", "at": "2026"}),
    ]
    return make_figures(tables, releases)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pictures of figures made to order, and of each dataset's newest release that is committed."""
    folder = tmp_path_factory.mktemp("site")
    for lang in ("en", "zh"):
        shown: dict[str, Any] = {"dataset": DATASET, "version": "1.0.1", "figures": make_all_figures()}
        write_page(folder, lang, "pictures.html", "towns/pictures.html", **shown)
        write_page(folder, lang, "pictures.html", "real/pictures.html", **_describe_newest(SHELF))
    with serve_folder(folder) as url:
        yield url


def _describe_newest(shelf: Path) -> dict[str, Any]:
    index = parse_record(ReleaseIndex, next(shelf.glob("*/releases.json")).read_bytes())
    assert index.latest is not None
    folder = shelf / index.dataset / index.latest
    tables = {path.stem: pq.read_table(path, use_threads=False) for path in folder.glob("*.parquet")}
    return {
        "dataset": {"id": "real", "title": index.title},
        "version": index.latest,
        "figures": make_figures(tables, index.releases),
    }


def wait_for_colours(tab: Tab) -> list[set[str]]:
    """The colours of each canvas, once all are drawn."""
    tab.page.wait_for_function(
        "() => [...document.querySelectorAll('.canvas')].every(canvas => canvas.offsetHeight > 100)"
    )
    return [set(canvas.evaluate(PIXELS)) for canvas in tab.page.query_selector_all("canvas")]


@pytest.mark.parametrize("lang", CHECKED)
def test_each_figure_with_long_names_is_drawn_and_accessible(browser: Browser, site: str, lang: str) -> None:
    with open_tab(browser, site + localise_name(lang, "towns/pictures.html"), *CHECKED[lang]) as tab:
        assert [len(colours) > 3 for colours in wait_for_colours(tab)] == [True] * 4
        assert not tab.is_too_wide()
        assert (tab.find_violations(), tab.complaints) == ([], [])


@pytest.mark.parametrize("lang", ["", "zh/"])
def test_a_real_release_is_drawn_and_says_why_it_has_no_picture_of_bodies_and_deadlines(
    browser: Browser, site: str, lang: str
) -> None:
    with open_tab(browser, f"{site}{lang}real/pictures.html", 360) as tab:
        assert [len(colours) > 3 for colours in wait_for_colours(tab)] == [True, True]
        assert tab.page.locator("figure .notice").count() == 2
        assert not tab.is_too_wide()
        assert (tab.find_violations(), tab.complaints) == ([], [])


def test_the_tables_hold_the_numbers_and_the_names_as_text_and_the_picture_points_to_its_table(
    browser: Browser, site: str
) -> None:
    with open_tab(browser, f"{site}towns/pictures.html") as tab:
        for figure in make_all_figures():
            table = tab.page.locator(f"#{figure.id}-table")
            cells = [row.locator("td.n").all_inner_texts() for row in table.locator("tbody tr").all()]
            assert cells == [[str(value) for value in row.values] for row in figure.rows]
            canvas = tab.page.locator(f"#{figure.id} canvas")
            assert canvas.get_attribute("aria-details") == f"{figure.id}-table"
            assert "table" in (canvas.get_attribute("aria-label") or "")
        assert tab.page.locator("#versions-table tbody tr").first.inner_text().split() == [
            "2026-11-24", "1.0.0", "withdrawn", "5", "3", "1",
        ]  # fmt: skip
        assert HOSTILE in tab.page.locator("#bodies-table tbody th").all_text_contents()
        assert tab.page.locator("figure script:not([type='application/json'])").count() == 0
        assert tab.complaints == []


def test_the_pictures_turn_dark_with_the_page(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}towns/pictures.html") as tab:
        assert "11,93,94,255" in wait_for_colours(tab)[0]
        tab.page.emulate_media(color_scheme="dark")
        tab.page.wait_for_function(IS_DARK, arg=[111, 208, 201])
        dark = wait_for_colours(tab)[0]
        assert "11,93,94,255" not in dark


def test_the_second_series_is_distinct_without_colour(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}towns/pictures.html") as tab:
        # The fill of the second series is slanted lines upon the ground: both colours stand in its bars.
        assert {"180,84,10,255", "255,255,255,255"} <= wait_for_colours(tab)[1]


def test_a_picture_fits_a_window_that_grows_narrow(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}towns/pictures.html") as tab:
        wait_for_colours(tab)
        tab.page.set_viewport_size({"width": 360, "height": 800})
        tab.page.wait_for_function(
            "() => [...document.querySelectorAll('canvas')].every(canvas => canvas.clientWidth < 340)"
        )
        assert all(len(colours) > 3 for colours in wait_for_colours(tab))
        assert not tab.is_too_wide()


def test_paper_and_browsers_without_scripts_show_the_tables_alone(browser: Browser, site: str) -> None:
    with open_tab(browser, f"{site}towns/pictures.html", java_script_enabled=False) as tab:
        assert not tab.page.locator("canvas").first.is_visible()
        assert tab.page.locator("#tasks-table").is_visible()
    with open_tab(browser, f"{site}towns/pictures.html") as tab:
        wait_for_colours(tab)
        tab.page.emulate_media(media="print")
        assert not tab.page.locator("canvas").first.is_visible()
        assert tab.page.locator("#tasks-table").is_visible()
