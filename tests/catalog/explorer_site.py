"""The table of tasks on a page that has nothing else, beside its data, as a browser meets it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalog.content_security import POLICY
from catalog.first_rows import select_first_rows
from catalog.rendering import load_words
from tests.catalog.browser_tabs import ASSETS
from tests.catalog.tables import Tables, write_tables_and_editions

VERSION = "1.0.0"
TEMPLATES = ASSETS.parent / "templates"
PAGE = """\
{% from "_explorer.html" import explorer with context %}
<!doctype html>
<html lang="{{ lang }}">
<head>
<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tasks</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/style.css"><link rel="stylesheet" href="assets/explore.css">
<script type="module" src="assets/explore.js"></script>
</head>
<body><main><h1>Tasks</h1>{{ explorer(view) }}</main></body>
</html>
"""

# Waited for in the page's own way: its policy allows no text to be run as a script.
MEASURED = """() => new Promise((resolve) => {
  const look = () => {
    const [entry] = performance.getEntriesByName("filter").slice(-1);
    if (entry) resolve(entry.duration); else setTimeout(look, 10);
  };
  look();
})"""


def write_explorer_page(site: Path, tables: Tables, version: str, edition: str) -> None:
    """Write the page, and what it loads, into a site that holds the version's files; `edition` is that of each plan."""
    environment: Any = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"]
    )
    environment.install_gettext_translations(load_words("en"), newstyle=True)
    view = {
        "data": f"{version}/",
        "plans": "plans/",
        "editions": "plans/editions.json",
        "version": version,
        "rows": select_first_rows(tables, lambda _: edition),
        "total": tables["tasks"].num_rows,
        "file": f"lakes-{version}-selection.csv",
    }
    shutil.copytree(ASSETS, site / "assets")
    page = environment.from_string(PAGE).render(lang="en", policy=POLICY, view=view)
    (site / "index.html").write_text(page, encoding="utf-8")


def write_explorer_site(site: Path, tables: Tables) -> None:
    """Write the tables as a first version, and its page."""
    write_tables_and_editions(tables, site, VERSION)
    write_explorer_page(site, tables, VERSION, VERSION)
