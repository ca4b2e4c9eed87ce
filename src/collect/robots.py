"""What a site lets us do: its robots.txt read after RFC 9309, by the parser that Scrapy uses.

The rules for the answer to robots.txt itself are a table; "unavailable" (4xx) lets everything in, "unreachable" (5xx,
no answer) nothing, since a server in trouble is best left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

# The name by which a robots.txt may speak to us.
AGENT = "policytasks"
# RFC 9309, 2.5: a parser has to read at least 500 KiB; what comes after is not read.
MOST_BYTES = 500 * 1024


@dataclass(frozen=True, slots=True)
class Robots:
    """A site's rules: `parsed` is None where there are none; `closed` says why nothing may be asked at all."""

    parsed: Protego | None = None
    closed: str | None = None

    def forbids(self, url: str) -> bool:
        """Whether a page is not to be fetched."""
        return self.parsed is not None and not self.parsed.can_fetch(url, AGENT)

    @property
    def delay(self) -> float:
        """Seconds between two requests that the site asks for; 0 where it says nothing."""
        if self.parsed is None:
            return 0.0
        rate = self.parsed.request_rate(AGENT)
        return max(float(self.parsed.crawl_delay(AGENT) or 0), rate.seconds / rate.requests if rate else 0)


def parse_robots(status: int | None, content: bytes, problem: str) -> Robots:
    """The rules that an answer to robots.txt makes; `status` is None where no answer came, `trouble` says why.

    Bytes that are no robots.txt (a web page, binary rubbish) hold no rules that could be read, and so forbid nothing.
    """
    if status is None or status >= 500 or status == 429:
        return Robots(closed=f"its robots.txt could not be read ({problem})")
    if not 200 <= status < 300:
        return Robots()
    return Robots(Protego.parse(content[:MOST_BYTES].decode("utf-8", "replace").lstrip("\ufeff")))
