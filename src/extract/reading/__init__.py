"""The bytes of a capture in, a `Reading` out: one stream of blocks, whatever format the bytes have.

Everything after this step is the same for all formats. A media type is believed only if it says something; else
the first bytes decide.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extract.reading.blocks import Reading, assemble_reading
from extract.reading.encodings import decode
from extract.reading.html import read_page, select_parts
from extract.reading.lines import read_markdown, read_text

HTML, PDF = "text/html", "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# The media type of a file, by the ending of its name.
ENDINGS = {
    **dict.fromkeys(("html", "htm", "xhtml", "shtml"), HTML),
    **dict.fromkeys(("md", "markdown"), "text/markdown"),
    "txt": "text/plain",
    "pdf": PDF,
    "docx": DOCX,
}
# The media type of content, by its first 512 bytes, if neither a server nor a name states it.
BEGINNINGS = (
    (re.compile(rb"%PDF-"), PDF),
    (re.compile(rb"PK\x03\x04"), DOCX),
    (re.compile(rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|div|p|table|article|meta)\b"), HTML),
)
# Media types that servers send when they do not know the type.
UNSPECIFIC = ("text/plain", "application/octet-stream", "")


def read(content: bytes, media_type: str, encoding: str | None = None, selector: str | None = None) -> Reading:
    """A capture as a stream of blocks.

    `encoding` is the one that the server declared; it is used only if the bytes agree with it. Characters that
    cannot be decoded become U+FFFD and are reported as a problem; so is a file that cannot be opened. `selector` is a
    CSS selector for the article in an HTML page. No bytes raise an error; an invalid selector raises
    `soupsieve.SelectorSyntaxError`.
    """
    media_type = media_type.partition(";")[0].strip().lower()
    if media_type in UNSPECIFIC:
        media_type = _detect_media_type(content) or media_type
    if media_type == PDF:
        from extract.reading.pdf import read_pdf  # takes a third of a second to import; most captures are pages

        return read_pdf(content)
    if media_type == DOCX:
        from extract.reading.docx import read_docx

        return read_docx(content)
    text, problems = decode(content, encoding)
    if media_type in (HTML, "application/xhtml+xml", "application/xml", "text/xml"):
        text, selection_problems = select_parts(text, selector) if selector else (text, ())
        lines, meta, page_problems = read_page(text)
        return assemble_reading(lines, meta, (*problems, *selection_problems, *page_problems))
    if media_type == "text/markdown":
        lines, meta = read_markdown(text)
        return assemble_reading(lines, meta, problems)
    reading = read_text(text)
    return replace(reading, problems=(*problems, *reading.problems))


def choose_media_type(name: str, content: bytes) -> str:
    """The media type of a file: by the ending of its name, else by its first bytes."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return ENDINGS.get(ending) or _detect_media_type(content) or "text/plain"


def _detect_media_type(content: bytes) -> str | None:
    return next((media_type for pattern, media_type in BEGINNINGS if pattern.match(content[:512])), None)
