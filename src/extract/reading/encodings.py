"""Bytes in, text out, whatever encoding the server or the page declares."""

from __future__ import annotations

import codecs
import re

from extract.plan import Problem

BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Declared names whose pages in fact use a larger encoding (WHATWG Encoding Standard).
LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252", "ascii": "cp1252"}
# Names that are no encodings of pages: some decode in time with the square of the length.
NEVER = frozenset(
    (
        "punycode",
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "unicode-escape",
        "raw-unicode-escape",
        "undefined",
        "utf-7",
    )
)
# Encodings that are tried besides the declared ones.
GUESSES = ("gb18030", "big5hkscs", "cp1252")
# ASCII, Chinese punctuation and the most common characters in both scripts. A third of the characters of running text
# are among them; hardly any of the characters that a wrong decoding yields.
USUAL = re.compile(
    r"[\x20-\x7e\s，。、；：（）《》“”"
    r"的一是在不了有和人这中大为上个国我以要时来用们生到作地于出就分对成会可主发年动同工也能下过说产种面而方后多定行学法所民得经"
    r"加强建设推进部门管理服务实施责任单位這個國為時會對發動產過說種經強進門務實責單規劃計畫關與業機構]"
)
# Number of characters, from the start of the text, of which the share of usual ones is measured.
SAMPLE = 20_000
# Advantage of a declared encoding over a guessed one, as a share of usual characters (0 to 1).
TRUST = 0.05
# Share of characters (0 to 1) that stray bytes may cost before another encoding is thought more likely.
STRAY = 0.01


def decode(content: bytes, declared: str | None = None) -> tuple[str, tuple[Problem, ...]]:
    """The text of the bytes, and a problem if characters were lost; lost characters become U+FFFD.

    A byte-order mark decides. Next comes UTF-8 if the bytes are valid UTF-8, since text in another encoding almost
    never is, while declarations are often wrong. Otherwise the encoding is chosen, among the declared ones and
    `GUESSES`, that decodes all bytes and yields the largest share of usual characters. If stray bytes spoil all of
    them, the same choice is made with losses, which are reported.
    """
    for mark, codec in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode_with_loss(content, codec)
    if (text := _decode_strictly(content, "utf-8")) is not None:
        return text, ()
    in_page = re.search(rb"(?:charset|encoding)=[\"']?([\w-]+)", content[:4096], re.IGNORECASE)
    stated = [_find_codec(name) for name in (declared or "", in_page[1].decode("ascii", "replace") if in_page else "")]
    options = list(dict.fromkeys(filter(None, (*stated, *GUESSES))))
    clean = [(codec, text) for codec in options if (text := _decode_strictly(content, codec)) is not None]
    share, best = max(
        ((_measure_usual_share(text) + TRUST * (codec in stated), text) for codec, text in clean), default=(0.0, "")
    )
    lossy, problems = max(
        (_decode_with_loss(content, codec) for codec in ("utf-8", *options)),
        key=lambda decoded: _measure_usual_share(decoded[0]),
    )
    loses_too_much = lossy.count("\ufffd") > STRAY * len(lossy) + 1
    if clean and (loses_too_much or share + STRAY >= _measure_usual_share(lossy)):
        return best, ()
    return lossy, problems


def _find_codec(name: str) -> str | None:
    """Python's name for a declared encoding, or None if there is no such text encoding."""
    lowered = LARGER.get(name.strip().lower(), name.strip().lower())
    try:
        if codecs.lookup(lowered).name in NEVER:
            return None
        b"".decode(lowered)
    except (LookupError, ValueError, TypeError):
        return None
    return lowered


def _decode_strictly(content: bytes, codec: str) -> str | None:
    try:
        text = content.decode(codec)
        text.encode()  # some of Python's codecs accept single surrogates, which are not characters
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
    """The share of usual characters among the first `SAMPLE` characters, from 0 to 1."""
    sample = text[:SAMPLE]
    return len(USUAL.findall(sample)) / max(len(sample), 1)
