"""Small PDF and Word files, made here so that a test shows what is in them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from zipfile import ZIP_DEFLATED, ZipFile

import docx


def make_pdf(*pages: Sequence[tuple[float, str]]) -> bytes:
    """A PDF of pages of (letter size in points, line); a line of size 0 leaves a gap."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        commands, height = [], 760.0
        for size, words in lines:
            height -= size * 1.3 or 14
            escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            if words:
                commands.append(f"BT /F1 {size or 11} Tf 72 {height:.1f} Td ({escaped}) Tj ET")
        stream = "\n".join(commands)
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(len(objects) + 1)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {len(kids)} >>"
    return assemble_pdf([body.encode("latin-1") for body in objects])


FONTS = ("Helvetica", "Helvetica-Bold", "AAAAAA+MarksPi-One")


def make_placed_pdf(
    *pages: Sequence[tuple[float, float, float, str] | str], width: int = 612, height: int = 792
) -> bytes:
    """A PDF of pages of (left, distance from the top, letter size, words), or drawing operators.

    Words that begin with `*` are bold, with `^` in a font of marks.
    """
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects += [f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} >>" for name in FONTS]
    fonts = " ".join(f"/F{number} {number + 2} 0 R" for number in range(1, len(FONTS) + 1))
    kids = []
    for items in pages:
        commands = []
        for item in items:
            if isinstance(item, str):
                commands.append(item)
                continue
            left, top, size, words = item
            font = {"*": 2, "^": 3}.get(words[0], 1)
            escaped = words[font > 1 :].replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            commands.append(f"BT /F{font} {size} Tf {left} {height - top} Td ({escaped}) Tj ET")
        stream = "\n".join(commands)
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(len(objects) + 1)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {len(objects)} 0 R "
            f"/Resources << /Font << {fonts} >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {len(kids)} >>"
    return assemble_pdf([body.encode("latin-1") for body in objects])


def make_pdf_with(content: bytes, resources: str, *more: bytes, filters: str = "") -> bytes:
    """A PDF of one page: its content and resources, and more objects, whose numbers begin at 5."""
    return assemble_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << {resources} >> >>".encode(),
            make_stream(content, filters),
            *more,
        ]
    )


def make_stream(content: bytes, attributes: str = "") -> bytes:
    """A stream with its attributes."""
    return f"<< {attributes} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def assemble_pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of objects; the first is its catalog."""
    content, positions = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        positions.append(len(content))
        content += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{position:010} 00000 n \n" for position in positions)
    tail = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>"
    )
    return content + f"{tail}\nstartxref\n{len(content)}\n%%EOF\n".encode("latin-1")


def change_word(part: str, change: Callable[[str], str], more: Mapping[str, bytes] | None = None) -> bytes:
    """The Word document of `make_word` with one part changed, and with more parts."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(make_word())) as before, ZipFile(buffer, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, change(content.decode()) if name == part else content)
        for name, content in (more or {}).items():
            after.writestr(name, content)
    return buffer.getvalue()


def make_word() -> bytes:
    """A Word document: a title, headings, an automatically numbered list, a table."""
    document = docx.Document()
    document.add_heading("Plan for the Lakes", 0)
    document.add_heading("Roads", 1)
    document.add_paragraph("Build the shore road.", style="List Number")
    document.add_paragraph("Open the bridge.", style="List Number")
    document.add_heading("Boats", 1)
    document.add_paragraph("Light the landings.", style="List Number")
    document.add_paragraph("By night and day.")
    document.add_paragraph("a point", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, words in zip((cell for row in table.rows for cell in row.cells), ("Lead", "Date", "A", "B"), strict=True):
        cell.text = words
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
