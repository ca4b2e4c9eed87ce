"""The catalog follows the shelf: what changed is written, what did not stays, what was withdrawn goes."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zipfile
from pathlib import Path

import pytest
from lxml import html

from catalog.view import DatasetView
from cli.main import main
from pipeline.errors import ReleaseRefusedError
from pipeline.workspace import Workspace
from publish.storage.backend import ShelfError
from publish.tables import read_tables
from tests.catalog.published_plans import publish_hostile_texts, publish_plans, refuse_evidence
from tests.pipeline.test_story import FERRIES, PLAN, SCHOOLS, Life
from transform.schema import TABLES


@pytest.fixture
def life(life: Life) -> Life:
    life.run()
    return life


@pytest.fixture
def shelf(life: Life) -> Path:
    return life.home.root / "data" / "published"


@pytest.fixture
def blocker(shelf: Path) -> Path:
    """A file where one page cannot be written as long as it is there."""
    page = shelf / "harbour" / "versions.html"
    page.unlink()
    page.mkdir()
    (page / "in the way").write_text("x")
    return page / "in the way"


def stat_files(folder: Path) -> dict[str, tuple[int, int]]:
    """What differs for each file once it is written again."""
    stats = {path.relative_to(folder).as_posix(): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in stats.items()}


def find_written(shelf: Path, before: dict[str, tuple[int, int]]) -> set[str]:
    return {name for name, stat in stat_files(shelf).items() if before.get(name) != stat}


def test_every_page_is_there_in_both_languages(shelf: Path) -> None:
    pages = {path.relative_to(shelf).as_posix() for path in shelf.rglob("*.html")}
    english = {name for name in pages if not name.startswith("zh/")}
    assert pages == english | {f"zh/{name}" for name in english}
    assert english == {
        "index.html",
        *(f"harbour/{name}.html" for name in ("index", "pictures", "versions", "compare", "dictionary", "sources")),
        "harbour/versions/1.0.0/index.html",
        "harbour/plans/index.html",
        *(f"harbour/plans/{plan}/{name}.html" for plan in ("towns", "villages") for name in ("index", "1.0.0")),
    }


def test_a_run_that_changes_nothing_writes_no_page(life: Life, shelf: Path) -> None:
    before = stat_files(shelf)
    assert life.run().status == "unchanged"
    assert not {name for name in find_written(shelf, before) if not name.endswith("sources.json")}


def test_only_the_plan_that_changed_has_a_new_page_and_the_list_leads_to_it(life: Life, shelf: Path) -> None:
    before = stat_files(shelf)
    life.next((("Sharing Ferries", ("Run one good timetable for all ferries of the bay.", *FERRIES[1:])), PLAN[1]))
    new = {name for name in find_written(shelf, before) if "/plans/" in name}
    folder = "harbour/plans"
    assert new == {
        f"{folder}/editions.json",
        *(f"{lang}{folder}/index.html" for lang in ("", "zh/")),
        *(f"{lang}{folder}/towns/{name}.html" for lang in ("", "zh/") for name in ("index", "1.0.1")),
        f"{folder}/towns/1.0.1.capture.gz",
    }
    assert "harbour/versions/1.0.0/index.html" not in find_written(shelf, before)
    page = html.parse(shelf / folder / "towns/1.0.1.html")
    assert page.xpath("//*[@id='history']/following-sibling::ul//ins/text()") == [" good"]


def test_each_task_is_marked_with_its_words_and_leads_to_capture_and_page(life: Life, shelf: Path) -> None:
    published = life.newest
    page = html.fromstring((shelf / "harbour/plans/towns/1.0.0.html").read_bytes())
    tasks = [row for row in read_tables(published)["tasks"].to_pylist() if row["document_id"] == "towns"]
    assert len(tasks) == 6
    for row in tasks:
        anchor = row["task_id"].partition("/")[2]
        assert "".join(page.xpath(f"//*[@id='{anchor}']//text()")) == row["text"]
        assert page.xpath(f"//a[@href='{row['deep_link']}']")
    capture = gzip.decompress((shelf / "harbour/plans/towns/1.0.0.capture.gz").read_bytes())
    assert hashlib.sha256(capture).hexdigest() in page.text_content()


def test_a_text_that_is_too_long_for_a_page_is_cut_and_each_task_is_on_the_page(
    life: Life, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.marks.MOST_CHARACTERS", 150)
    life.next((("Sharing Ferries", ("Run one good timetable for all ferries of the bay.", *FERRIES[1:])), PLAN[1]))
    page = html.parse(shelf / "harbour/plans/towns/1.0.1.html").getroot()
    (notice,) = page.xpath("//p[@class='notice']/text()")
    assert "its first 150 characters are shown" in notice
    tasks = [row for row in read_tables(life.newest)["tasks"].to_pylist() if row["document_id"] == "towns"]
    anchors = {row["task_id"].partition("/")[2] for row in tasks}
    assert anchors <= set(page.xpath("//@id"))


def test_the_dictionary_has_every_column_of_every_table_with_an_example_from_the_first_row(shelf: Path) -> None:
    page = html.fromstring((shelf / "harbour/dictionary.html").read_bytes())
    columns = {
        section.findtext("h2/code"): section.xpath(".//tbody//th/code/text()")
        for section in page.xpath("//section[h2/code]")
    }
    assert columns == {name: [column.name for column in spec.columns] for name, spec in TABLES.items()}
    examples = {
        row.findtext("th/code"): row.findtext("td[3]") for row in page.xpath("//section[h2/@id='tasks']//tbody/tr")
    }
    assert examples["task_id"] == "towns/t01"
    assert set(page.xpath("//section[h2/@id='changes']//tbody/tr/td[3]/text()")) == set()


def test_the_zip_holds_the_version_byte_for_byte(shelf: Path) -> None:
    folder = shelf / "harbour"
    with zipfile.ZipFile(folder / "versions/1.0.0/harbour-1.0.0.zip") as packed:
        held = {name.removeprefix("harbour-1.0.0/"): packed.read(name) for name in packed.namelist()}
    assert held == {path.name: path.read_bytes() for path in (folder / "1.0.0").iterdir()}
    assert len(held) > len(TABLES) * 2


def test_what_was_withdrawn_is_on_no_page(life: Life, shelf: Path) -> None:
    secret = "Hand over the crown jewels of the lighthouse."
    life.next((("Sharing Ferries", (*FERRIES, secret)), ("Sharing Schools", SCHOOLS)))
    assert any(secret in path.read_text("utf-8") for path in shelf.rglob("*.html"))
    assert life.withdraw("1.1.0", "it was never meant for all") == 0
    assert not [path for path in shelf.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    for name in ("versions/1.1.0/harbour-1.1.0.zip", "plans/towns/1.1.0.capture.gz"):
        assert not (shelf / "harbour" / name).exists()
    for lang in ("", "zh"):
        assert "it was never meant for all" in (shelf / lang / "harbour/versions/1.1.0/index.html").read_text("utf-8")


def test_whatever_a_source_says_stays_text(tmp_path: Path) -> None:
    shelf = publish_hostile_texts(Workspace(tmp_path / "hostile")).home.root / "data" / "published"
    pages = [html.fromstring(path.read_bytes()) for path in shelf.rglob("*.html")]
    assert len(pages) > 15
    for page in pages:
        for script in page.iter("script"):
            assert re.match(r"\.\./|(\./)?assets", script.get("src", "")) or script.get("type") in (
                "application/ld+json",
                "application/json",
            )
        assert not page.xpath("//iframe | //img[@src='x'] | //*[@*[starts-with(name(), 'on')]] | //b[text()='']")
        assert "49" not in page.findtext(".//title", "")
    assert any("<script>document.title" in page.text_content() for page in pages)


def test_a_page_that_cannot_be_written_is_one_line_and_written_by_the_next_run(life: Life, blocker: Path) -> None:
    with pytest.raises(ShelfError, match=r"harbour.*cannot be written"):
        life.run()
    blocker.unlink()
    blocker.parent.rmdir()
    life.run()
    assert blocker.parent.is_file()


@pytest.mark.usefixtures("blocker")
def test_a_refusal_is_what_a_run_ends_with_even_where_pages_fail_too(life: Life) -> None:
    life.says("towns", PLAN, count=99)
    with pytest.raises(ReleaseRefusedError):
        life.run()


def test_a_licence_without_an_identifier_is_shown_by_its_own_title(life: Life, shelf: Path) -> None:
    file = life.home.datasets / "harbour.yaml"
    file.write_text(file.read_text("utf-8").replace("CC-BY-4.0", "Free for every harbour"), "utf-8")
    life.run()
    (link,) = html.parse(shelf / "harbour/index.html").xpath("//a[contains(@rel, 'license')]")
    assert link.text == "Free for every harbour"


@pytest.mark.parametrize("damage", ["", "[]", '{"sources": [1]}', '{"sources": [{"source_id": "towns"}]}'])
def test_where_sources_json_is_damaged_the_sources_are_those_of_the_version(
    life: Life, shelf: Path, damage: str
) -> None:
    (shelf / "harbour/sources.json").write_text(damage)
    view = DatasetView(life.home.shelf, "harbour", None, refuse_evidence)
    assert [status.source_id for status in view.sources] == ["towns", "villages"]


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (("castle", "towns", "villages"), "names castle in 1.0.0, which does not have it; remove the file"),
        (("towns",), "lacks villages in 1.0.0; remove the file"),
    ],
)
def test_editions_that_do_not_fit_the_versions_are_one_line(
    life: Life, shelf: Path, documents: tuple[str, ...], message: str
) -> None:
    file = shelf / "harbour/plans/editions.json"
    file.write_text(json.dumps({"versions": ["1.0.0"], "documents": {name: ["1.0.0"] for name in documents}}))
    with pytest.raises(ShelfError, match=f"plans/editions.json: {message}"):
        life.run()
    file.unlink()
    life.run()


def test_a_version_of_many_plans_is_made_again_byte_for_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = publish_plans(tmp_path)
    assert main(["verify", "plans", "1.1.0", "--home", str(home.root)]) == 0
    assert "the same bytes in 32 of 32 files" in capsys.readouterr().out
