"""A located article in, an `Inspection` out, by which two captures are compared without reading their plans.

It answers three questions: are the article's words the same, which address does the page state, and does the page
refuse access to the text?
"""

from __future__ import annotations

import hashlib
from urllib.parse import urljoin

from extract.article import LocatedArticle
from extract.lexicon.rows import Lexicon
from extract.plan import Inspection
from extract.reading.blocks import Reading

# Lengths in characters. A page that refuses access is short: a longer text is not one.
LONGEST_WALL = 2_000
# The quoted words of a wall are cut here.
LONGEST_QUOTE = 120
# A longer canonical address is ignored.
LONGEST_ADDRESS = 2_000


def inspect_article(reading: Reading, article: LocatedArticle, url: str, lexicon: Lexicon) -> Inspection:
    """The inspection of an article; `url` is the capture's own address."""
    canonical = reading.meta.get("canonical")
    try:
        canonical = urljoin(url, canonical) if canonical and len(canonical) <= LONGEST_ADDRESS else None
    except ValueError:
        canonical = None
    walls = (wall.search(reading.text) for wall in lexicon.walls) if len(reading.text) <= LONGEST_WALL else ()
    words = (" ".join(match[0].split())[:LONGEST_QUOTE] for match in walls if match)
    return Inspection(_hash_words(article, lexicon), canonical, next(words, None))


def _hash_words(article: LocatedArticle, lexicon: Lexicon) -> str:
    """The SHA-256 of the article's title and lines, without counters and with single spaces."""
    digest = hashlib.sha256((article.stated.title or "").encode())
    for block in article.body:
        words = block.text
        for counter in lexicon.counters:
            words = counter.sub(" ", words)
        if line := " ".join(words.split()):
            digest.update(b"\n" + line.encode("utf-8", "replace"))
    return digest.hexdigest()
