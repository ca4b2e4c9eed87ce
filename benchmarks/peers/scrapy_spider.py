"""Scrapy with its HTTP cache and feed export: bodies are stored, and read again each time.

    python scrapy_spider.py ADDRESSES [--unasked]

ADDRESSES is a file with one address per line. Writes `tasks.csv` and the cache to the current folder. Its cache asks
the server what has changed, as RFC 2616 says; with --unasked it answers from its own content without a request.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import scrapy
from scrapy.crawler import CrawlerProcess

TASK = re.compile(r"(\d+)\.\s+((.+?)\. .+?) Lead agency: (.+)", re.DOTALL)
POLICIES = {False: "RFC2616Policy", True: "DummyPolicy"}
SETTINGS = {
    "ROBOTSTXT_OBEY": True,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0,
    "HTTPCACHE_ENABLED": True,
    "HTTPCACHE_DIR": str(Path("cache").resolve()),
    "HTTPCACHE_STORAGE": "scrapy.extensions.httpcache.FilesystemCacheStorage",
    "FEEDS": {"tasks.csv": {"format": "csv", "overwrite": True}},
    "LOG_LEVEL": "WARNING",
    "TELNETCONSOLE_ENABLED": False,
}


class Plans(scrapy.Spider):
    """Reads the tasks of each page."""

    name = "plans"
    urls: tuple[str, ...] = ()

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Ask for every page."""
        for url in self.urls:
            yield scrapy.Request(url)

    def parse(self, response: scrapy.http.Response) -> Iterator[dict[str, str]]:
        """The tasks of a page, each with its area."""
        area = ""
        for node in response.css("article h2, article p"):
            words = "".join(node.css("::text").getall()).strip()
            if node.root.tag == "h2":
                area = words
            elif match := TASK.match(words):
                label, text, title, lead = match.groups()
                yield {"url": response.url, "area": area, "label": label, "title": title, "text": text, "lead": lead}


def main() -> None:
    """Crawl."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("addresses", type=Path, metavar="ADDRESSES")
    parser.add_argument("--unasked", action="store_true", help="let the cache answer, and ask nobody")
    options = parser.parse_args()
    policy = f"scrapy.extensions.httpcache.{POLICIES[options.unasked]}"
    process = CrawlerProcess(SETTINGS | {"HTTPCACHE_POLICY": policy})
    process.crawl(Plans, urls=tuple(options.addresses.read_text(encoding="utf-8").split()))
    process.start()


if __name__ == "__main__":
    main()
