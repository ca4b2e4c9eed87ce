"""A first look at a capture: is the article the same as before, where does it say it is, does a wall stand before it?

Comes in: an article that was found. Goes out: a `Look`, by which two captures are compared without reading their plans.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urljoin

from extract.article import LocatedArticle
from extract.lexicon.rows import Lexicon
from extract.plan import Inspection
from extract.reading.blocks import Reading

# What stands in place of an article is short; a text longer than this is not there to keep anybody out.
LONGEST_WALL = 2_000
LONGEST_QUOTE, LONGEST_ADDRESS = 120, 2_000


def inspect_article(reading: Reading, front: LocatedArticle, url: str, lexicon: Lexicon) -> Inspection:
    """Take a first look; `url` is the capture's own address."""
    return Inspection(_hash_words(front, lexicon), _resolve_canonical(reading, url), _find_wall(reading, lexicon))


def _hash_words(front: LocatedArticle, lexicon: Lexicon) -> str:
    """A hash of the article's lines, white space and counters apart."""
    digest = hashlib.sha256((front.title or "").encode())
    for block in front.body:
        words = block.text
        for counter in lexicon.counters:
            words = counter.sub(" ", words)
        if line := " ".join(words.split()):
            digest.update(b"\n" + line.encode("utf-8", "replace"))
    return digest.hexdigest()


def _resolve_canonical(reading: Reading, url: str) -> str | None:
    stated = reading.meta.get("canonical")
    try:
        return urljoin(url, stated) if stated and len(stated) <= LONGEST_ADDRESS else None
    except ValueError:
        return None


def _find_wall(reading: Reading, lexicon: Lexicon) -> str | None:
    if len(reading.text) > LONGEST_WALL:
        return None
    stated = (match for wall in lexicon.walls if (match := wall.search(reading.text)))
    return next((" ".join(match[0].split())[:LONGEST_QUOTE] for match in stated), None)
