"""What most people write first: requests, BeautifulSoup and pandas, every page each time.

    python script.py ADDRESSES

ADDRESSES is a file with one address per line. Writes `tasks.csv` and `tasks.parquet` to the current folder.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import requests
from bs4 import BeautifulSoup

TASK = re.compile(r"(\d+)\.\s+((.+?)\. .+?) Lead agency: (.+)", re.DOTALL)


def main() -> None:
    """Fetch, read and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("addresses", type=Path, metavar="ADDRESSES")
    urls = parser.parse_args().addresses.read_text(encoding="utf-8").split()
    with requests.Session() as session:
        rows = [row for url in urls for row in read_tasks(url, fetch_page(session, url))]
    frame = pd.DataFrame(rows)
    frame.to_csv("tasks.csv", index=False)
    frame.to_parquet("tasks.parquet", index=False)


def fetch_page(session: requests.Session, url: str) -> bytes:
    """The body of a page."""
    answer = session.get(url, timeout=30)
    answer.raise_for_status()
    return answer.content


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
