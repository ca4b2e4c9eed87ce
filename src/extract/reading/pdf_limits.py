"""Limits for the library that reads PDFs: what a file asks for is counted while it is read, too much is refused.

pdfminer has no limits of its own, and a file of one kilobyte can ask for gigabytes: by filters within filters, forms
within forms, a map of letters with four billion entries. `install` puts counting functions in place of those that its
modules call. They count for the `Budget` of the PDF that is being
read (`use_budget`), and do nothing where there is none.
"""

from __future__ import annotations

import builtins
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pdfminer import cmapdb, pdfdocument, pdffont, pdfinterp, pdftypes
from pdfminer.ccitt import ccittfaxdecode
from pdfminer.lzw import LZWDecoder
from pdfminer.runlength import rldecode

# Bytes that one stream, and all streams of a file together, may unpack to.
LARGEST_STREAM, LARGEST_TOTAL = 50_000_000, 200_000_000
# Filters, one inside the other, of a stream; real ones have one or two.
MOST_FILTERS = 8
# References that follow each other until an object is found; real ones are one, which refers to the object itself.
MOST_REFERENCES = 30
# Entries of all maps of letters and of their widths; a font for all of Chinese has 30,000.
MOST_ENTRIES = 2_000_000
# Bytes of text (one or two for a letter), and operators and operands, of one page. A page in small print has 20,000
# letters, a map 100,000 lines.
MOST_LETTERS_ON_PAGE, MOST_OPERATORS_ON_PAGE = 100_000, 1_000_000
# Letters and operators of a file: so many, and for each of its bytes one more, since real files hold what they show.
MOST_ITEMS, ITEMS_PER_BYTE = 1_000_000, 10
# Bytes of a damaged stream that are unpacked at once.
DAMAGED_PART = 1_024
# Bytes of a picture's row of points, in the coding of a fax.
WIDEST_FAX = 100_000


class LimitError(Exception):
    """A file asks for more than it may have; the message says of what."""


@dataclass
class Budget:
    """What the reading of one PDF may still take.

    `reasons` are the limits that ended the reading, in words; `notes` say what else is not read as it is. `items` are
    letters and operators; `page_letters` and `page_operators` are those of the page that is being read, and
    `damaged_streams` the parts of it that cannot be unpacked whole.
    """

    byte_count: int
    unpacked: int = LARGEST_TOTAL
    entries: int = MOST_ENTRIES
    items: int = 0
    page_letters: int = 0
    page_operators: int = 0
    pages_read: int = 0
    damaged_streams: int = 0
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.items = MOST_ITEMS + ITEMS_PER_BYTE * self.byte_count

    def begin_page(self) -> None:
        """Count a new page."""
        self.page_letters, self.page_operators = MOST_LETTERS_ON_PAGE, MOST_OPERATORS_ON_PAGE
        self.damaged_streams = 0

    def refuse(self, reason: str) -> LimitError:
        """Record a limit that was reached; the error to be raised."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return LimitError(reason)

    def record_note(self, words: str) -> None:
        """Record what is not read as it is."""
        if words not in self.notes:
            self.notes.append(words)

    def take_unpacked(self, count: int) -> None:
        """Count unpacked bytes. Raises LimitError."""
        self.unpacked -= count
        if count > LARGEST_STREAM or self.unpacked < 0:
            raise self.refuse(
                f"it unpacks to more than {LARGEST_TOTAL // 1_000_000} MB, {LARGEST_STREAM // 1_000_000} MB in a part"
            )

    def take_entries(self, count: int) -> None:
        """Count entries of a font's maps. Raises LimitError."""
        self.entries -= count
        if self.entries < 0:
            raise self.refuse(f"the maps of its letters have more than {MOST_ENTRIES:,} entries")

    def take_operator(self, letters: int) -> None:
        """Count an operator of a page, and the letters that it shows. Raises LimitError."""
        self.items -= 1 + letters
        self.page_operators -= 1
        self.page_letters -= letters
        if self.page_letters < 0 or self.page_operators < 0:
            raise self.refuse(
                f"a page has more than {MOST_LETTERS_ON_PAGE:,} letters or {MOST_OPERATORS_ON_PAGE:,} drawing operators"
            )
        if self.items < 0:
            raise self.refuse("its pages show far more than a file of its size holds, by forms within forms")


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def use_budget(byte_count: int) -> Iterator[Budget]:
    """The budget of a PDF of so many bytes, which counts what is read meanwhile."""
    budget = Budget(byte_count)
    token = _budget.set(budget)
    try:
        yield budget
    finally:
        _budget.reset(token)


def count_range(*bounds: int) -> range:
    """A range, whose numbers are counted as entries."""
    numbers = builtins.range(*bounds)
    if budget := _budget.get():
        budget.take_entries(max(0, (numbers.stop - numbers.start) // numbers.step))
    return numbers


class _BoundedZlib:
    """The module `zlib` as pdfminer uses it, with limits."""

    error = zlib.error

    @staticmethod
    def decompress(data: bytes) -> bytes:
        budget = _budget.get()
        if budget is None:
            return zlib.decompress(data)
        stream = zlib.decompressobj()
        unpacked = stream.decompress(data, LARGEST_STREAM + 1)
        budget.take_unpacked(len(unpacked))
        if not stream.eof:
            raise zlib.error("incomplete or truncated stream")
        return unpacked


def decode_damaged(data: bytes) -> bytes:
    """What can be unpacked of a damaged stream: all that stands before the damage."""
    stream = zlib.decompressobj()
    parts: list[bytes] = []
    for start in builtins.range(0, len(data), DAMAGED_PART):
        before = stream.copy()
        try:
            parts.append(_count_unpacked(stream.decompress(data[start : start + DAMAGED_PART])))
        except zlib.error:
            parts += _decode_bytes(before, data[start : start + DAMAGED_PART])
            break
    return b"".join(parts)


def _decode_bytes(stream: Any, data: bytes) -> Iterator[bytes]:
    """What can be unpacked of the part of a stream in which it is damaged, byte by byte."""
    for index in builtins.range(len(data)):
        try:
            yield _count_unpacked(stream.decompress(data[index : index + 1]))
        except zlib.error:
            if (budget := _budget.get()) and index < len(data) - 3:  # the last bytes are a checksum
                budget.damaged_streams += 1
            return


def _count_unpacked(part: bytes) -> bytes:
    if (budget := _budget.get()) and part:
        budget.take_unpacked(len(part))
    return part


def decode_lzw(data: bytes) -> bytes:
    """What LZW codes stand for."""
    parts = []
    for part in LZWDecoder(BytesIO(data)).run():
        if (budget := _budget.get()) and part:
            budget.take_unpacked(len(part))
        parts.append(part)
    return b"".join(parts)


def decode_run_lengths(data: bytes) -> bytes:
    """What run lengths stand for: 64 times as much at most, of which Python first makes a list of numbers."""
    if (budget := _budget.get()) and len(data) * 64 > LARGEST_STREAM:
        budget.take_unpacked(len(data) * 64)
    return rldecode(data)


def decode_fax(data: bytes, params: dict[str, Any]) -> bytes:
    """The points of a fax."""
    columns = pdftypes.resolve1((params or {}).get("Columns", 0))
    if (budget := _budget.get()) and (not isinstance(columns, int) or columns > WIDEST_FAX):
        raise budget.refuse(f"a picture is more than {WIDEST_FAX:,} points wide")
    return ccittfaxdecode(data, params)


def list_few_filters(stream: pdftypes.PDFStream) -> list[tuple[Any, Any]]:
    """The filters of a stream."""
    filters = _list_filters(stream)
    if (budget := _budget.get()) and len(filters) > MOST_FILTERS:
        raise budget.refuse(f"a stream has more than {MOST_FILTERS} filters, one inside the other")
    return filters


_list_filters = pdftypes.PDFStream.get_filters


def resolve_reference(reference: pdftypes.PDFObjRef, default: object = None) -> Any:
    """The object that a reference names, also by way of others; pdfminer goes round in a circle of them for ever."""
    value = _resolve(reference, default)
    for _ in builtins.range(MOST_REFERENCES):
        if not isinstance(value, pdftypes.PDFObjRef):
            return value
        value = _resolve(value, default)
    if budget := _budget.get():
        raise budget.refuse("its references go round in a circle")
    return value


_resolve = pdftypes.PDFObjRef.resolve


class CountedParser(pdfinterp.PDFContentParser):
    """The parser of a page's or form's content, which counts operators and letters."""

    def nextobject(self) -> Any:
        """The next operand or operator, with its position."""
        item = super().nextobject()
        if budget := _budget.get():
            budget.take_operator(_count_letters(item[1]))
        return item


def _count_letters(operand: object) -> int:
    if isinstance(operand, bytes):
        return len(operand)
    return sum(len(part) if isinstance(part, bytes) else 1 for part in operand) if isinstance(operand, list) else 0


def install() -> None:
    """Put the counting functions in place. Each is one that a module of the library finds by its name."""
    for module in (cmapdb, pdffont, pdfdocument):
        vars(module)["range"] = count_range
    vars(pdftypes).update(
        zlib=_BoundedZlib,
        decompress_corrupted=decode_damaged,
        lzwdecode=decode_lzw,
        rldecode=decode_run_lengths,
        ccittfaxdecode=decode_fax,
    )
    pdftypes.PDFStream.get_filters = list_few_filters  # type: ignore[method-assign, assignment]
    pdftypes.PDFObjRef.resolve = resolve_reference  # type: ignore[method-assign, assignment]
    vars(pdfinterp)["PDFContentParser"] = CountedParser


install()
