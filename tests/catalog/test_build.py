"""The catalog follows the shelf: what changed is written, what did not stays, what was withdrawn goes."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path

import pytest
from lxml import html

from catalog.view import DatasetView
from cli.main import main
from pipeline.errors import ReleaseRefusedError
from pipeline.workspace import Workspace
from publish.source_status import SourceStatus
from publish.storage.backend import ShelfError
from publish.tables import read_tables
from tests.catalog.whole import publish_whole, refuse_evidence
from tests.pipeline.test_story import FERRIES, PLAN, SCHOOLS, Life
from transform.schema import TABLES

HOSTILE = (
    (
        'Sharing <img src=x onerror="document.title=1">',
        (
            'Run "one" </span></p><script>document.title = 1</script> timetable for all ferries.',
            "Build {{ 7 * 7 }} {% raw %} a pier & javascript:alert(1) for night ferries.",
            '=HYPERLINK("https://evil.example","x") train the crews \u202e of all ferries.',
        ),
    ),
)


@pytest.fixture
def life(life: Life) -> Life:
    life.run()
    return life


def hall_of(life: Life) -> Path:
    return life.home.root / "data" / "published"


def inodes(folder: Path) -> dict[str, tuple[int, int]]:
    """What tells whether a file was written again."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            about = path.stat()
            found[path.relative_to(folder).as_posix()] = (about.st_ino, about.st_mtime_ns)
    return found


def written(life: Life, before: dict[str, tuple[int, int]]) -> set[str]:
    return {name for name, facts in inodes(hall_of(life)).items() if before.get(name) != facts}


def test_every_page_is_there_in_both_languages(life: Life) -> None:
    pages = {path.relative_to(hall_of(life)).as_posix() for path in hall_of(life).rglob("*.html")}
    english = {name for name in pages if not name.startswith("zh/")}
    assert pages == english | {f"zh/{name}" for name in english}
    assert english == {
        "index.html",
        *(f"harbour/{name}.html" for name in ("index", "pictures", "versions", "compare", "dictionary", "sources")),
        "harbour/versions/1.0.0/index.html",
        "harbour/plans/index.html",
        *(f"harbour/plans/{one}/{name}.html" for one in ("towns", "villages") for name in ("index", "1.0.0")),
    }


def test_a_run_that_changes_nothing_writes_no_page(life: Life) -> None:
    before = inodes(hall_of(life))
    assert life.run().status == "unchanged"
    assert not {name for name in written(life, before) if not name.endswith("sources.json")}


def test_only_the_plan_that_changed_has_a_new_page_and_the_list_leads_to_it(life: Life) -> None:
    before = inodes(hall_of(life))
    life.next((("Sharing Ferries", ("Run one good timetable for all ferries of the bay.", *FERRIES[1:])), PLAN[1]))
    new = {name for name in written(life, before) if "/plans/" in name}
    folder = "harbour/plans"
    assert new == {
        f"{folder}/editions.json",
        *(f"{lang}{folder}/index.html" for lang in ("", "zh/")),
        *(f"{lang}{folder}/towns/{name}.html" for lang in ("", "zh/") for name in ("index", "1.0.1")),
        f"{folder}/towns/1.0.1.capture.gz",
    }
    assert "harbour/versions/1.0.0/index.html" not in written(life, before)
    said = html.fromstring((hall_of(life) / folder / "towns/1.0.1.html").read_bytes())
    assert [one.text_content() for one in said.xpath("//*[@id='history']/following-sibling::ul//ins")] == [" good"]


def test_each_task_is_marked_with_its_words_and_leads_to_capture_and_page(life: Life) -> None:
    published = life.newest
    page = html.fromstring((hall_of(life) / "harbour/plans/towns/1.0.0.html").read_bytes())
    tasks = [row for row in read_tables(published)["tasks"].to_pylist() if row["document_id"] == "towns"]
    assert len(tasks) == 6
    for row in tasks:
        anchor = row["task_id"].partition("/")[2]
        assert "".join(page.xpath(f"//*[@id='{anchor}']//text()")) == row["text"]
        assert page.xpath(f"//a[@href='{row['deep_link']}']")
    capture = gzip.decompress((hall_of(life) / "harbour/plans/towns/1.0.0.capture.gz").read_bytes())
    assert hashlib.sha256(capture).hexdigest() in page.text_content()


def test_the_dictionary_has_every_column_of_every_table(life: Life) -> None:
    page = html.fromstring((hall_of(life) / "harbour/dictionary.html").read_bytes())
    columns = {
        section.findtext("h2/code"): section.xpath(".//tbody//th/code/text()")
        for section in page.xpath("//section[h2/code]")
    }
    assert columns == {name: [column.name for column in spec.columns] for name, spec in TABLES.items()}


def test_the_zip_holds_the_version_byte_for_byte(life: Life) -> None:
    folder = hall_of(life) / "harbour"
    with zipfile.ZipFile(folder / "versions/1.0.0/harbour-1.0.0.zip") as packed:
        held = {name.removeprefix("harbour-1.0.0/"): packed.read(name) for name in packed.namelist()}
    assert held == {path.name: path.read_bytes() for path in (folder / "1.0.0").iterdir()}
    assert len(held) > len(TABLES) * 2


def test_what_was_withdrawn_is_on_no_page(life: Life) -> None:
    secret = "Hand over the crown jewels of the lighthouse."
    life.next((("Sharing Ferries", (*FERRIES, secret)), ("Sharing Schools", SCHOOLS)))
    folder = hall_of(life)
    assert any(secret in path.read_text("utf-8") for path in folder.rglob("*.html"))
    assert (
        main(["withdraw", "harbour", "1.1.0", "--reason", "it was never meant for all", "--home", str(life.home.root)])
        == 0
    )
    assert not [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert not (folder / "harbour/versions/1.1.0/harbour-1.1.0.zip").exists()
    assert not (folder / "harbour/plans/towns/1.1.0.capture.gz").exists()
    assert "it was never meant for all" in (folder / "harbour/versions/1.1.0/index.html").read_text("utf-8")
    assert "it was never meant for all" in (folder / "zh/harbour/versions/1.1.0/index.html").read_text("utf-8")


def test_whatever_a_source_says_stays_text(tmp_path: Path) -> None:
    life = Life(Workspace(tmp_path))
    title = "Tasks <script>document.title = 1</script> \"of' {{ 7 * 7 }} & </title>"
    life.order(villages=False, more="description: '</p><iframe src=//evil.example>'\nkeywords: ['<b>']")
    order = life.home.datasets / "harbour.yaml"
    order.write_text(
        order.read_text().replace("Tasks of the harbour towns", f"'{title.replace(chr(39), chr(39) * 2)}'")
    )
    life.says("towns", HOSTILE)
    life.run()
    pages = list(hall_of(life).rglob("*.html"))
    assert len(pages) > 15
    seen = 0
    for path in pages:
        page = html.fromstring(path.read_bytes())
        for script in page.iter("script"):
            assert (
                script.get("src", "").startswith("../")
                or script.get("src", "assets").startswith(("assets", "./assets"))
                or script.get("type") in ("application/ld+json", "application/json")
            )
        assert not page.xpath("//iframe | //img[@src='x'] | //*[@onerror] | //b[text()='']")
        assert not [
            name for one in page.iter() if isinstance(one.tag, str) for name in one.attrib if name.startswith("on")
        ]
        assert "49" not in page.findtext(".//title", "")
        seen += "<script>document.title" in page.text_content()
    assert seen


def test_pages_are_none_of_a_versions_files(life: Life) -> None:
    assert main(["verify", "harbour", "--home", str(life.home.root)]) == 0


def test_a_page_that_cannot_be_written_is_told_in_a_line_and_made_up_for(life: Life) -> None:
    folder = hall_of(life) / "harbour" / "versions.html"
    folder.unlink()
    folder.mkdir()
    (folder / "in the way").write_text("x")
    with pytest.raises(ShelfError, match=r"harbour.*cannot be written"):
        life.run()
    (folder / "in the way").unlink()
    folder.rmdir()
    life.run()
    assert folder.is_file()


def test_a_licence_without_an_identifier_is_shown_by_its_own_title(life: Life) -> None:
    file = life.home.datasets / "harbour.yaml"
    file.write_text(file.read_text("utf-8").replace("CC-BY-4.0", "Free for every harbour"), "utf-8")
    life.run()
    (link,) = html.parse(hall_of(life) / "harbour/index.html").xpath("//a[contains(@rel, 'license')]")
    assert link.text == "Free for every harbour"


@pytest.mark.parametrize("damage", ["", "[]", '{"sources": [1]}', '{"sources": [{"source_id": "towns"}]}'])
def test_where_it_is_told_wrong_how_sources_do_it_is_as_the_version_had_it(life: Life, damage: str) -> None:
    def shown() -> list[SourceStatus]:
        return DatasetView(life.home.shelf, "harbour", None, refuse_evidence).sources

    (hall_of(life) / "harbour/sources.json").write_text(damage)
    assert [status.source_id for status in shown()] == ["towns", "villages"]


def test_a_memory_of_editions_that_does_not_fit_is_told_in_a_line(life: Life) -> None:
    (hall_of(life) / "harbour/plans/editions.json").write_text(
        '{"versions": ["1.0.0"], "documents": {"castle": ["1.0.0"], "towns": ["1.0.0"], "villages": ["1.0.0"]}}'
    )
    with pytest.raises(
        ShelfError, match=r"plans/editions.json: names castle in 1.0.0, which does not have it; remove the file"
    ):
        life.run()
    (hall_of(life) / "harbour/plans/editions.json").unlink()
    life.run()


def test_a_refusal_is_what_a_run_ends_with_even_where_pages_fail_too(life: Life) -> None:
    page = hall_of(life) / "harbour" / "versions.html"
    page.unlink()
    page.mkdir()
    (page / "in the way").write_text("x")
    life.says("towns", PLAN, count=99)
    with pytest.raises(ReleaseRefusedError):
        life.run()


def test_a_version_of_many_plans_is_made_again_byte_for_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = publish_whole(tmp_path)
    assert main(["verify", "plans", "1.1.0", "--home", str(home.root)]) == 0
    assert "the same bytes in 32 of 32 files" in capsys.readouterr().out
