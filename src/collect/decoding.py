"""Undoes the content coding of a body: its pieces as sent come in, the bytes of the page go out.

A body counts as whole only where its coding has reached its own end: a gzip stream that breaks off would else be taken
for a shorter page. No more is decoded than what was asked for, so that a small body that would become gigabytes takes
no memory.
"""

from __future__ import annotations

import zlib

import brotli

# The codings that are asked for, by the names that servers give them.
GZIP, DEFLATE = frozenset(["gzip", "x-gzip"]), frozenset(["deflate"])
# What browsers ask for besides, so that their crawlers record it; nothing that is fetched here comes in it.
BROTLI = frozenset(["br"])
# What servers write where a body is not coded; some name the encoding of its characters here.
NO_CODING = frozenset(["", "identity", "none", "utf-8"])
GZIP_MAGIC = b"\x1f\x8b"


class UnknownCodingError(ValueError):
    """A coding that was not asked for."""


class _BrotliStream:
    """A stream of Brotli as zlib has its streams. What follows its end is part of no stream, and is an error."""

    unused_data = unconsumed_tail = b""  # the library keeps what it has not decoded

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def eof(self) -> bool:
        return bool(self._stream.is_finished())

    def decompress(self, piece: bytes, most: int) -> bytes:
        """The next bytes, at most so many. Raises zlib.error."""
        try:
            content = self._stream.process(piece, output_buffer_limit=most)
            while len(content) < most and not self.eof and not self._stream.can_accept_more_data():
                content += self._stream.process(b"", output_buffer_limit=most - len(content))
        except brotli.error as error:
            raise zlib.error(str(error)) from error
        return bytes(content[:most])


class BodyDecoder:
    """Decodes one body into `content`, which never has more than `most` + 1 bytes: one more says that it is too large.

    `coding` is what the header Content-Encoding says; `others` are codings that may come besides those that are asked
    for. Raises UnknownCodingError.
    """

    def __init__(self, coding: str, most: int, others: frozenset[str] = frozenset()) -> None:
        self._coding = coding.strip().lower()
        if self._coding not in GZIP | DEFLATE | NO_CODING | others:
            raise UnknownCodingError(f"the server sent it in a coding that nobody asked for ({coding[:40]})")
        self.content = bytearray()
        self._most = most
        self._byte_count = 0
        self._stream: zlib._Decompress | _BrotliStream | None = None

    @property
    def is_too_large(self) -> bool:
        """Whether the body has more than `most` bytes, as it was sent or decoded."""
        return max(self._byte_count, len(self.content)) > self._most

    @property
    def is_whole(self) -> bool:
        """Whether the coding has reached its end. What is not coded is whole, and so is a body without any byte."""
        return self._coding in NO_CODING or not self._byte_count or (self._stream is not None and self._stream.eof)

    def add_piece(self, piece: bytes) -> None:
        """Decode the next piece of the body. Raises zlib.error where it is not what its coding says."""
        self._byte_count += len(piece)
        while piece and (left := self._most + 1 - len(self.content)) > 0:
            if self._coding in NO_CODING:
                self.content += piece[:left]
                return
            if self._stream is None or (self._stream.eof and self._is_another_stream(piece)):
                is_brotli = self._coding in BROTLI
                self._stream = _BrotliStream() if is_brotli else zlib.decompressobj(self._choose_window(piece))
            elif self._stream.eof:
                return  # bytes after the end, which some servers add
            self.content += self._stream.decompress(piece, left)
            piece = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def _is_another_stream(self, piece: bytes) -> bool:
        """Whether another stream begins here: a gzip body may have several."""
        return self._coding in GZIP and piece[:2] == GZIP_MAGIC[: len(piece[:2])]

    def _choose_window(self, piece: bytes) -> int:
        """The window of a stream that begins here, as zlib wants it; deflate may be without its header of two bytes."""
        if self._coding in GZIP:
            return 16 + zlib.MAX_WBITS
        has_header = piece[0] & 0x0F == zlib.DEFLATED
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
