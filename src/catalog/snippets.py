"""A few lines for each common program that read a version's tables.

The lines work as they are shown. If the site's address is not known they have the path of the data in the checkout;
in a browser `assets/snippets.js` replaces it with the address of the page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# The folder of the shelf in a checkout.
IN_CHECKOUT = "data/published/"


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines for a program: `id` is part of their element's id, `language` the name for syntax highlighters."""

    id: str
    program: str
    language: str
    lines: str


SNIPPETS = (
    Snippet(
        "pandas",
        "Python, pandas",
        "python",
        """import pandas as pd

tasks = pd.read_parquet("{data}tasks.parquet")
areas = pd.read_parquet("{data}areas.parquet")
by_area = tasks.merge(areas[["area_id", "title"]], on="area_id", how="left", suffixes=("", "_of_area"))
print(by_area[["title_of_area", "label", "title"]])""",
    ),
    Snippet(
        "r",
        "R",
        "r",
        """columns <- c(label = "character")
tasks <- read.csv("{data}tasks.csv", encoding = "UTF-8", na.strings = "", colClasses = columns)
# with the arrow package, types and all: tasks <- arrow::read_parquet("{data}tasks.parquet")
print(tasks[, c("area_id", "label", "title")])""",
    ),
    Snippet(
        "duckdb",
        "DuckDB",
        "sql",
        """SELECT areas.title AS area, count(*) AS tasks
FROM '{data}tasks.parquet' AS tasks
LEFT JOIN '{data}areas.parquet' AS areas USING (area_id)
GROUP BY ALL
ORDER BY tasks DESC, area;""",
    ),
    Snippet(
        "javascript",
        "JavaScript",
        "javascript",
        """import {{ readTable }} from "{root}assets/parquet.js";

const tasks = await readTable("{data}tasks.parquet", ["task_id", "label", "title"]);
tasks.task_id.forEach((id, index) => console.log(id, tasks.label[index], tasks.title[index]));""",
    ),
    Snippet("spreadsheet", "Google Sheets", "text", '=IMPORTDATA("{data}tasks.csv")'),
    Snippet("address", "LibreOffice, Excel", "text", "{data}tasks.csv"),
)


def make_snippets(dataset_id: str, version: str, site: str | None) -> list[Snippet]:
    """The lines for each program; `site` is the shelf's address on the web, if known."""
    root = f"{site.rstrip('/')}/" if site else IN_CHECKOUT
    data = f"{root}{dataset_id}/{version}/"
    return [replace(snippet, lines=snippet.lines.format(root=root, data=data)) for snippet in SNIPPETS]
