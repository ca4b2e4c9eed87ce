"""The lines that the dictionary prints work as they are printed: taken out of the page, and run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
import pytest
from lxml import html

from tests.catalog.served import serving
from tests.catalog.whole import publish_whole

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VERSION = "1.1.0"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a catalog that does not know where it will stand."""
    root = tmp_path_factory.mktemp("checkout")
    publish_whole(root / "home")
    return root / "home"


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


@pytest.fixture(scope="module")
def page(site: str, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(f"{site}plans/dictionary.html")
    page.wait_for_function("document.querySelector('#read-address').textContent.startsWith('http')")
    yield page
    page.close()


def printed(home: Path, which: str, lang: str = "") -> str:
    """Lines as they stand in the page's file."""
    document = html.parse(home / "data" / "published" / lang / "plans" / "dictionary.html")
    (code,) = document.xpath(f'//code[@id="read-{which}"]')
    return str(code.text_content())


def shown(page: Page, which: str) -> str:
    """Lines as a reader sees them who has the page from a server."""
    return page.locator(f"#read-{which}").inner_text()


def ran(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def titles(home: Path) -> list[str]:
    table = pq.read_table(home / "data" / "published" / "plans" / VERSION / "tasks.parquet", columns=["title"])
    found: list[str] = table["title"].to_pylist()
    return found


def first_title(home: Path) -> str:
    return titles(home)[0]


def task_count(home: Path) -> int:
    return len(titles(home))


def test_pandas_reads_from_the_checkout(home: Path) -> None:
    script = printed(home, "pandas") + "\nprint(len(tasks), len(by_area))"
    assert ran(sys.executable, "-c", script, folder=home).split()[-2:] == [str(task_count(home))] * 2


def test_pandas_reads_from_the_web(home: Path, page: Page, tmp_path: Path) -> None:
    script = shown(page, "pandas") + "\nprint(len(tasks), tasks.title[0])"
    assert "http://127.0.0.1" in script
    assert ran(sys.executable, "-c", script, folder=tmp_path).endswith(f"{task_count(home)} {first_title(home)}\n")


def test_duckdb_reads_from_the_checkout(home: Path) -> None:
    script = f"import duckdb\nprint(duckdb.sql('''{printed(home, 'duckdb')}''').fetchall())"
    rows = eval(ran(sys.executable, "-c", script, folder=home))
    assert sum(count for _, count in rows) == task_count(home)
    assert any(area for area, _ in rows)


def test_duckdb_reads_from_the_web(home: Path, page: Page) -> None:
    connection = duckdb.connect()
    try:
        connection.execute("INSTALL httpfs; LOAD httpfs")
    except duckdb.Error as error:
        pytest.skip(f"DuckDB's httpfs extension cannot be had here: {str(error).splitlines()[0][:80]}")
    assert sum(count for _, count in connection.sql(shown(page, "duckdb")).fetchall()) == task_count(home)


def test_javascript_reads_in_the_browser(home: Path, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    # the page's own policy lets no text become a script, so it is run as a file of the site
    (home / "data" / "published" / "try.js").write_text(shown(page, "javascript"), encoding="utf-8")
    page.evaluate("import(new URL('../try.js', location.href).href)")
    assert len(said) == task_count(home)
    assert first_title(home) in said[0]


def test_r_reads_from_the_checkout(home: Path) -> None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("needs R (Debian: apt-get install r-base-core)")
    script = printed(home, "r") + "\ncat(nrow(tasks), is.character(tasks$label))"
    assert ran(rscript, "-e", script, folder=home).endswith(f"{task_count(home)} TRUE")


def test_a_spreadsheet_opens_the_address(home: Path, page: Page, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("needs LibreOffice (Debian: apt-get install libreoffice-calc)")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    utf8_comma = "--infilter=CSV:44,34,76,1"
    ran(office, profile, "--headless", utf8_comma, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", shown(page, "address"), folder=tmp_path)  # fmt: skip
    assert first_title(home) in (tmp_path / "tasks.csv").read_text(encoding="utf-8")


def test_the_address_is_that_of_a_file_on_the_site(site: str, page: Page) -> None:
    address = shown(page, "address")
    assert address == f"{site}plans/{VERSION}/tasks.csv"
    assert shown(page, "spreadsheet") == f'=IMPORTDATA("{address}")'
    assert page.request.get(address).headers["content-type"] == "text/csv; charset=utf-8"


def test_a_page_in_chinese_names_the_same_address(site: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{site}zh/plans/dictionary.html")
    page.wait_for_function("document.querySelector('#read-address').textContent.startsWith('http')")
    assert shown(page, "address") == f"{site}plans/{VERSION}/tasks.csv"
    page.close()


def test_lines_read_from_a_disk_stay_as_they_are(home: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((home / "data" / "published" / "plans" / "dictionary.html").as_uri())
    assert shown(page, "address") == f"data/published/plans/{VERSION}/tasks.csv"
    page.close()


def test_lines_are_copied_by_a_click(site: str, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site}plans/dictionary.html")
    page.locator('button[data-copy="read-pandas"]').click()
    assert page.evaluate("navigator.clipboard.readText()") == shown(page, "pandas")
    context.close()


def test_where_the_address_is_known_the_lines_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTASKS_SITE", "https://data.example.org/plans")
    root = tmp_path / "home"
    publish_whole(root)
    assert printed(root, "address", "zh") == f"https://data.example.org/plans/plans/{VERSION}/tasks.csv"
    assert "https://data.example.org/plans/assets/parquet.js" in printed(root, "javascript")
