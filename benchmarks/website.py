"""The web site that the benchmarks fetch: plans in English, on loopback, served as fast as possible.

    python benchmarks/website.py [--pages N]

Serves `/p/0`, `/p/1` … with the validators of each page until its standard input ends; it prints its port as the first
line. `/stats` returns what was requested since the last request of `/stats`, `/change/7` changes the words of page 7,
and there is no robots.txt. It runs in a process of its own, so that its work does not count for the measured program.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PAGES, PAGE_BYTES, AREAS, TASKS_AN_AREA = 500, 40_000, 9, 4
TASKS = AREAS * TASKS_AN_AREA

VERBS = ("Build", "Renew", "Open", "Widen", "Extend", "Repair", "Establish")
THINGS = ("landings", "boat houses", "reed beds", "foot paths", "bridges", "wells", "schools", "markets", "towers")
LINK = '<li class="menu-item"><a href="/section/{0}">Section {0}</a></li>\n'


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=PAGES, help=f"how many pages there are; default {PAGES}")
    asyncio.run(serve(parser.parse_args().pages))


def make_page(number: int, edition: int = 1) -> bytes:
    """A page whose article announces tasks in areas, and menus around it that make it long.

    From one edition to the next one task has other words.
    """
    lines = [f"<h1>Plan {number} for the lakes</h1>"]
    for task in range(TASKS):
        area, thing = task // TASKS_AN_AREA, THINGS[(task * 5 + number) % len(THINGS)]
        if task % TASKS_AN_AREA == 0:
            lines.append(f"<h2>Area {area + 1}: Improving the {THINGS[area]} of shore {number}</h2>")
        lit = "at night" if task or edition == 1 else f"until the end of winter {edition}"
        lines.append(
            f"<p>{task + 1}. {VERBS[(task + number) % len(VERBS)]} {thing} {number + task}. They will be lit {lit}, "
            f"and open to all who cross the lake by boat. Lead agency: Shore Office {number % 97 + task}</p>"
        )
    article = "\n".join(lines)
    menu = "".join(LINK.format(key) for key in range(1000, 1000 + (PAGE_BYTES - len(article)) // (2 * len(LINK))))
    head = f"<html><head><title>Plan {number} for the lakes</title></head><body><nav><ul>{menu}</ul></nav>"
    return f"{head}<article>{article}</article><footer><ul>{menu}</ul></footer></body></html>".encode()


@contextmanager
def serve_in_process(pages: int) -> Iterator[str]:
    """A server in a process of its own while the block runs; its address."""
    command = [sys.executable, __file__, "--pages", str(pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip() if server.stdout else ''}"
        finally:
            server.communicate()  # ends its input, and with that the server


def send_command(site: str, path: str) -> dict[str, int]:
    """The answer of the server to `stats` or `change/7`."""
    with urllib.request.urlopen(f"{site}/{path}") as answer:  # noqa: S310 (ours, on loopback)
        answer_json: dict[str, int] = json.load(answer)
    return answer_json


async def serve(count: int) -> None:
    """Serve pages until the standard input ends; the port is printed."""
    shelf, loop = Pages(count), asyncio.get_running_loop()
    async with await loop.create_server(lambda: Connection(shelf), "127.0.0.1", 0) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


class Pages:
    """The pages with their validators, and the counts of requests."""

    # With "no-cache" Scrapy would request the whole page again; with an age it would request nothing.
    STAMP = b'ETag: "%s"\r\nLast-Modified: Tue, %02d Mar 2021 00:00:00 GMT\r\nCache-Control: max-age=0\r\n'
    HEAD = b"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n%sContent-Length: %d\r\n\r\n"
    TAG = re.compile(rb'\r\nif-none-match: *"(\w+)"', re.IGNORECASE)
    SINCE = re.compile(rb"\r\nif-modified-since: *tue, (\d\d) mar 2021", re.IGNORECASE)

    def __init__(self, count: int) -> None:
        self.editions = [1] * count
        self.bodies = [make_page(number) for number in range(count)]
        self.tags = [compute_tag(body) for body in self.bodies]
        self.counts = Counter[str]()

    def respond(self, request: bytes) -> bytes:
        """The answer to a request."""
        _, name, *rest = request.split(b" ", 2)[1].split(b"/")
        if name == b"p":
            return self.serve_page(int(rest[0]), request)
        if name == b"stats":
            counted = {what: self.counts[what] for what in ("requests", "pages", "unchanged", "bytes")}
            self.counts.clear()
            return self.serve_json(counted)
        if name == b"change":
            return self.serve_json(self.update_page(int(rest[0])))
        self.counts["requests"] += 1
        return self.HEAD % (b"404 Not Found", b"", 0)

    def serve_page(self, number: int, request: bytes) -> bytes:
        """A page, or 304 if the request has its validator."""
        body, tag, day = self.bodies[number], self.tags[number], 1 + 7 * self.editions[number]
        self.counts.update(requests=1, pages=1)
        stamp = self.STAMP % (tag, day)
        tag_sent, since = self.TAG.search(request), self.SINCE.search(request)
        if tag_sent[1] == tag if tag_sent else since and int(since[1]) >= day:
            self.counts["unchanged"] += 1
            return self.HEAD % (b"304 Not Modified", stamp, len(body))
        self.counts["bytes"] += len(body)
        return self.HEAD % (b"200 OK", stamp, len(body)) + body

    def update_page(self, number: int) -> dict[str, int]:
        """Give a page its next edition."""
        self.editions[number] += 1
        self.bodies[number] = make_page(number, self.editions[number])
        self.tags[number] = compute_tag(self.bodies[number])
        return {"edition": self.editions[number]}

    def serve_json(self, what: dict[str, int]) -> bytes:
        """JSON about the pages themselves."""
        text = json.dumps(what).encode()
        return self.HEAD % (b"200 OK", b"", len(text)) + text


class Connection(asyncio.Protocol):
    """A connection: requests in, answers out."""

    def __init__(self, shelf: Pages) -> None:
        self.shelf, self.heard = shelf, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the connection that answers are written to."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.heard += data
        while b"\r\n\r\n" in self.heard:
            request, _, self.heard = self.heard.partition(b"\r\n\r\n")
            self.transport.write(self.shelf.respond(request + b"\r\n"))  # type: ignore[attr-defined]


def compute_tag(body: bytes) -> bytes:
    """The validator of a body."""
    return hashlib.sha256(body).hexdigest()[:16].encode()


if __name__ == "__main__":
    main()
