"""The rules of a site: its robots.txt after RFC 9309, parsed by protego, the parser that Scrapy uses.

Where robots.txt is "unavailable" (4xx), every page may be fetched; where it is "unreachable" (5xx, no answer), none.
Whatever it holds, reading it takes little time: lines that cannot be used are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego

# The user agent that a robots.txt may name for us.
AGENT = "policytasks"
# RFC 9309, 2.5: a parser has to read at least 500 KiB; what follows is not read.
MAX_BYTES = 500 * 1024
# A site may ask for a day between two requests (seconds); turns at a host are not given for later (`pace.py`).
LONGEST_DELAY = 86_400
# A line that says for whom the rules after it are, in all forms that protego reads, and whom it names.
AGENT_LINE = re.compile(r"\s*user(?:-|\s*)agent(?=[\s:])[\s:]*([^#]*)", re.IGNORECASE)


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
        """The seconds between two requests that the site asks for, LONGEST_DELAY at most; 0 if it does not."""
        if self.parsed is None:
            return 0.0
        delays = [self.parsed.crawl_delay(AGENT) or 0.0]
        if rate := self.parsed.request_rate(AGENT):
            # Both are whole numbers of any length, whose quotient may be too large for a float.
            delays.append(min(rate.seconds, LONGEST_DELAY * rate.requests) / rate.requests)
        return min(max(delays), LONGEST_DELAY)


def parse_robots(status: int | None, content: bytes, problem: str) -> Robots:
    """The rules in an answer to robots.txt; `status` is None without an answer, and `problem` says why there is none.

    Content that is not a robots.txt (a web page, binary data) has no rules that could be read, so it forbids nothing.
    """
    if status is None or status >= 500 or status == 429:
        return Robots(closed=f"its robots.txt could not be read ({problem})")
    if not 200 <= status < 300:
        return Robots()
    lines = content[:MAX_BYTES].decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    return Robots(Protego.parse("\n".join(map(_replace_other_agent, lines))))


def _replace_other_agent(line: str) -> str:
    """The line, in which all other agents have one name: thousands of them, each with all rules, would take minutes."""
    match = AGENT_LINE.match(line)
    name = match[1].strip().lower() if match else ""
    if not name:
        return line
    plain = name.replace("*", "")  # as protego takes it
    is_ours = name == "*" or (plain and AGENT.startswith(plain))
    return f"User-agent: {(plain or name) if is_ours else 'another'}"
