"""dlt into Parquet: validators are kept in its state, and rows of pages that changed are appended.

    python dlt_source.py ADDRESSES

ADDRESSES is a file with one address per line. Writes Parquet files to `data` and its state to `state` in the current
folder. Rows of a Parquet file cannot be replaced, so a changed page has its rows twice, the second time with a later
load.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import dlt
from bs4 import BeautifulSoup
from dlt.sources.helpers import requests

TASK = re.compile(r"(\d+)\.\s+((.+?)\. .+?) Lead agency: (.+)", re.DOTALL)


def main() -> None:
    """Fetch, read and load."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("addresses", type=Path, metavar="ADDRESSES")
    urls = parser.parse_args().addresses.read_text(encoding="utf-8").split()
    dlt.config["runtime.dlthub_telemetry"] = False
    pipeline = dlt.pipeline(
        pipeline_name="plans",
        pipelines_dir=str(Path("state").resolve()),
        destination=dlt.destinations.filesystem(bucket_url=Path("data").resolve().as_uri()),
        dataset_name="plans",
    )
    pipeline.run(load_tasks(urls), loader_file_format="parquet")


@dlt.resource(name="tasks", write_disposition="append")
def load_tasks(urls: Sequence[str]) -> Iterator[list[dict[str, str]]]:
    """The tasks of each page that is new or has changed."""
    validators = dlt.current.resource_state().setdefault("validators", {})
    for url in urls:
        answer = requests.get(url, headers={"If-None-Match": validators.get(url, '""')}, timeout=30)
        if answer.status_code != 304:
            yield list(read_tasks(url, answer.content))
            validators[url] = answer.headers["ETag"]


def read_tasks(url: str, body: bytes) -> Iterator[dict[str, str]]:
    """The tasks of a page, each with its area."""
    area = ""
    for node in BeautifulSoup(body, "lxml").find("article").find_all(["h2", "p"]):
        words = node.get_text(" ", strip=True)
        if node.name == "h2":
            area = words
        elif match := TASK.match(words):
            label, text, title, lead = match.groups()
            yield {"url": url, "area": area, "label": label, "title": title, "text": text, "lead": lead}


if __name__ == "__main__":
    main()
