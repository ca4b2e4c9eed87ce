"""The lines that the dictionary prints work as they are printed: taken out of the page, and run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest
from lxml import html

from tests.catalog.browser_tabs import open_tab, serve_folder
from tests.catalog.published_plans import publish_plans

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VERSION = "1.1.0"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a catalog that does not know its address."""
    return publish_plans(tmp_path_factory.mktemp("checkout")).root


@pytest.fixture(scope="module")
def titles(home: Path) -> list[str]:
    """The titles of the tasks."""
    table = pq.read_table(home / "data" / "published" / "plans" / VERSION / "tasks.parquet", columns=["title"])
    titles: list[str] = table["title"].to_pylist()
    return titles


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[str]:
    with serve_folder(home / "data" / "published") as address:
        yield address


@pytest.fixture(scope="module")
def page(site: str, browser: Browser) -> Iterator[Page]:
    with open_dictionary(browser, site) as page:
        yield page


@contextmanager
def open_dictionary(browser: Browser, site: str, **settings: Any) -> Iterator[Page]:
    """The dictionary, once its lines name the site."""
    with open_tab(browser, f"{site}plans/dictionary.html", **settings) as tab:
        tab.page.wait_for_function("document.querySelector('#read-address').textContent.startsWith('http')")
        yield tab.page


def read_printed(home: Path, snippet: str, lang: str = "") -> str:
    """Lines as they are in the page's file."""
    document = html.parse(home / "data" / "published" / lang / "plans" / "dictionary.html")
    (code,) = document.xpath(f'//code[@id="read-{snippet}"]')
    return str(code.text_content())


def read_shown(page: Page, snippet: str) -> str:
    """Lines as a reader sees them who has the page from a server."""
    return page.locator(f"#read-{snippet}").inner_text()


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pandas_reads_from_the_checkout(home: Path, titles: list[str]) -> None:
    script = read_printed(home, "pandas") + "\nprint(len(tasks), len(by_area))"
    assert run(sys.executable, "-c", script, folder=home).split()[-2:] == [str(len(titles))] * 2


def test_pandas_reads_from_the_web(titles: list[str], page: Page, tmp_path: Path) -> None:
    script = read_shown(page, "pandas") + "\nprint(len(tasks), tasks.title[0])"
    assert "http://127.0.0.1" in script
    assert run(sys.executable, "-c", script, folder=tmp_path).endswith(f"{len(titles)} {titles[0]}\n")


def test_duckdb_reads_from_the_checkout(home: Path, titles: list[str]) -> None:
    script = f"import duckdb\nprint(duckdb.sql('''{read_printed(home, 'duckdb')}''').fetchall())"
    rows = eval(run(sys.executable, "-c", script, folder=home))
    assert sum(count for _, count in rows) == len(titles)
    assert any(area for area, _ in rows)


def test_duckdb_reads_from_the_web(titles: list[str], page: Page) -> None:
    connection = duckdb.connect()
    try:
        connection.execute("INSTALL httpfs; LOAD httpfs")
    except duckdb.Error as error:
        pytest.skip(f"DuckDB's httpfs extension cannot be had here: {str(error).splitlines()[0][:80]}")
    assert sum(count for _, count in connection.sql(read_shown(page, "duckdb")).fetchall()) == len(titles)


def test_javascript_reads_in_the_browser(home: Path, titles: list[str], page: Page) -> None:
    lines: list[str] = []
    page.on("console", lambda message: lines.append(message.text))
    # the page's own policy lets no text become a script, so it is run as a file of the site
    (home / "data" / "published" / "try.js").write_text(read_shown(page, "javascript"), encoding="utf-8")
    page.evaluate("import(new URL('../try.js', location.href).href)")
    assert len(lines) == len(titles)
    assert titles[0] in lines[0]


def test_r_reads_from_the_checkout(home: Path, titles: list[str]) -> None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("needs R (Debian: apt-get install r-base-core)")
    script = read_printed(home, "r") + "\ncat(nrow(tasks), is.character(tasks$label))"
    assert run(rscript, "-e", script, folder=home).endswith(f"{len(titles)} TRUE")


def test_a_spreadsheet_opens_the_address(titles: list[str], page: Page, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("needs LibreOffice (Debian: apt-get install libreoffice-calc)")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    utf8_comma = "--infilter=CSV:44,34,76,1"
    run(office, profile, "--headless", utf8_comma, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", read_shown(page, "address"), folder=tmp_path)  # fmt: skip
    assert titles[0] in (tmp_path / "tasks.csv").read_text(encoding="utf-8")


def test_the_address_is_that_of_a_file_on_the_site(site: str, page: Page) -> None:
    address = read_shown(page, "address")
    assert address == f"{site}plans/{VERSION}/tasks.csv"
    assert read_shown(page, "spreadsheet") == f'=IMPORTDATA("{address}")'
    assert page.request.get(address).headers["content-type"] == "text/csv; charset=utf-8"


def test_a_page_in_chinese_names_the_same_address(site: str, browser: Browser) -> None:
    with open_dictionary(browser, f"{site}zh/") as page:
        assert read_shown(page, "address") == f"{site}plans/{VERSION}/tasks.csv"


def test_lines_read_from_a_disk_stay_as_they_are(home: Path, browser: Browser) -> None:
    with open_tab(browser, (home / "data" / "published" / "plans" / "dictionary.html").as_uri()) as tab:
        assert read_shown(tab.page, "address") == f"data/published/plans/{VERSION}/tasks.csv"


def test_lines_are_copied_by_a_click(site: str, browser: Browser) -> None:
    with open_dictionary(browser, site, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.locator('button[data-copy="read-pandas"]').click()
        assert page.evaluate("navigator.clipboard.readText()") == read_shown(page, "pandas")


def test_where_the_address_is_known_the_lines_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTASKS_SITE", "https://data.example.org/plans")
    publish_plans(tmp_path)
    assert read_printed(tmp_path, "address", "zh") == f"https://data.example.org/plans/plans/{VERSION}/tasks.csv"
    assert "https://data.example.org/plans/assets/parquet.js" in read_printed(tmp_path, "javascript")
