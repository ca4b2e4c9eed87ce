"""Bytes into text, whatever the server, the page or nobody says about their encoding."""

from __future__ import annotations

import codecs
import re

from extract.plan import Problem

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Names that sites give to what is in truth a larger encoding, after the WHATWG's Encoding Standard.
LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252", "ascii": "cp1252"}
# What is tried besides what is declared.
GUESSES = ("gb18030", "big5hkscs", "cp1252")
# ASCII, Chinese punctuation and the commonest characters in both scripts. In running text a third of the characters
# is among them; of what a wrong decoding yields, hardly any.
USUAL = re.compile(
    r"[\x20-\x7e\s，。、；：（）《》“”"
    r"的一是在不了有和人这中大为上个国我以要时来用们生到作地于出就分对成会可主发年动同工也能下过说产种面而方后多定行学法所民得经"
    r"加强建设推进部门管理服务实施责任单位這個國為時會對發動產過說種經強進門務實責單規劃計畫關與業機構]"
)
SAMPLE = 20_000
# What the declared encoding has ahead of a guess, in shares of usual characters.
TRUST = 0.05
# The share of characters that stray bytes may cost before another encoding is thought likelier.
STRAY = 0.01


def decode(content: bytes, declared: str | None = None) -> tuple[str, tuple[Problem, ...]]:
    """The text of the bytes, and a problem where characters were lost; those become U+FFFD.

    A byte-order mark decides. Then UTF-8 where the bytes are valid as such, since text in another encoding almost
    never is, while declarations are often wrong. Else that encoding, of the declared ones and those of Chinese
    pages, that decodes the bytes and yields most of what text is made of; where stray bytes spoil all of them, the
    same with the loss reported.
    """
    for mark, codec in MARKS:
        if content.startswith(mark):
            return _decode_with_loss(content, codec)
    if (text := _decode_strictly(content, "utf-8")) is not None:
        return text, ()
    in_page = re.search(rb"(?:charset|encoding)=[\"']?([\w-]+)", content[:4096], re.IGNORECASE)
    stated = [_find_codec(name) for name in (declared or "", in_page[1].decode("ascii", "replace") if in_page else "")]
    options = list(dict.fromkeys(filter(None, (*stated, *GUESSES))))
    clean = [(codec, text) for codec in options if (text := _decode_strictly(content, codec)) is not None]
    best = max(
        ((_measure_usual_share(text) + TRUST * (codec in stated), text) for codec, text in clean), default=(0.0, "")
    )
    lossy = max(
        (_decode_with_loss(content, codec) for codec in ("utf-8", *options)),
        key=lambda read: _measure_usual_share(read[0]),
    )
    if clean and (
        best[0] + STRAY >= _measure_usual_share(lossy[0]) or lossy[0].count("\ufffd") > STRAY * len(lossy[0]) + 1
    ):
        return best[1], ()
    return lossy


def _find_codec(name: str) -> str | None:
    """Python's name for a declared encoding, or None where there is no such encoding of text."""
    lowered = LARGER.get(name.strip().lower(), name.strip().lower())
    try:
        b"".decode(lowered)
    except (LookupError, ValueError, TypeError):
        return None
    return lowered


def _decode_strictly(content: bytes, codec: str) -> str | None:
    try:
        text = content.decode(codec)
        text.encode()  # some of Python's codecs let half characters through
    except (ValueError, LookupError):
        return None
    return text


def _decode_with_loss(content: bytes, codec: str) -> tuple[str, tuple[Problem, ...]]:
    try:
        text = content.decode(codec, errors="replace").encode("utf-8", errors="replace").decode()
    except (ValueError, LookupError):
        return "", ()
    lost = text.count("\ufffd")
    message = f"{lost} characters could not be decoded as {codec}"
    return text, (Problem(message, text.find("\ufffd")),) if lost else ()


def _measure_usual_share(text: str) -> float:
    """The share of the text's first characters that running text is made of."""
    sample = text[:SAMPLE]
    return sum(1 for _ in USUAL.finditer(sample)) / max(len(sample), 1)
