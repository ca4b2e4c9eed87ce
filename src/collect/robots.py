"""The rules of a site: its robots.txt after RFC 9309, parsed by protego, the parser that Scrapy uses.

If robots.txt is "unavailable" (4xx), every page may be fetched; if it is "unreachable" (5xx, no answer), none.
"""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

# The user agent that a robots.txt may name for us.
AGENT = "policytasks"
# RFC 9309, 2.5: a parser has to read at least 500 KiB; what follows is not read.
MAX_BYTES = 500 * 1024


@dataclass(frozen=True, slots=True)
class Robots:
    """A site's rules: `parsed` is None if there are none; `closed` says why no page may be fetched."""

    parsed: Protego | None = None
    closed: str | None = None

    def allows(self, url: str) -> bool:
        """Whether a page may be fetched."""
        return self.parsed is None or self.parsed.can_fetch(url, AGENT)

    @property
    def delay(self) -> float:
        """The seconds between two requests that the site asks for; 0 if it does not."""
        if self.parsed is None:
            return 0.0
        rate = self.parsed.request_rate(AGENT)
        return max(float(self.parsed.crawl_delay(AGENT) or 0), rate.seconds / rate.requests if rate else 0)


def parse_robots(status: int | None, content: bytes, problem: str) -> Robots:
    """The rules in an answer to robots.txt; `status` is None without an answer, and `problem` says why there is none.

    Content that is not a robots.txt (a web page, binary data) has no rules that could be read, so it forbids nothing.
    """
    if status is None or status >= 500 or status == 429:
        return Robots(closed=f"its robots.txt could not be read ({problem})")
    if not 200 <= status < 300:
        return Robots()
    return Robots(Protego.parse(content[:MAX_BYTES].decode("utf-8", "replace").lstrip("\ufeff")))
