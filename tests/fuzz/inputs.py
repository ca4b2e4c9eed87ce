"""Inputs by their seed: small valid files with random changes, and noise of the words that matter in a format."""

from __future__ import annotations

import gzip
import io
import random
import re
import zipfile
from collections.abc import Sequence

# Bytes that an input has at most.
LONGEST = 150_000
NUMBERS = (b"0", b"-1", b"1", b"63", b"65536", b"99999999999", b"4294967295", b"1e309", b"0.0000001", b"9" * 400)
SIGNS = [
    character.encode()
    for character in "\0\t\n\r <>&;:/\\|`*_#[](){}\"'=-.…··、，。；：（）《》【】一二十百零和与1aA\u3000\ufeff\u2028é€"
]


def make_input(rng: random.Random, files: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """An input: one in four is noise, the others are files with one to eight changes; without files all are noise."""
    if not files or rng.random() < 0.25:
        return make_noise(rng, words)
    content = rng.choice(files)
    if content.startswith(b"PK") and rng.random() < 0.9:
        return change_archive(rng, content, words)
    if content.startswith(b"\x1f\x8b") and rng.random() < 0.7:
        return gzip.compress(change(rng, gzip.decompress(content), files, words), mtime=0)
    return change(rng, content, files, words)


def make_noise(rng: random.Random, words: Sequence[bytes]) -> bytes:
    """Words in a random order; few of them many times, or many of them."""
    chosen = rng.choices([*words, *SIGNS], k=rng.choice((1, 2, 3, 8, 60)))
    return b"".join(rng.choices(chosen, k=rng.choice((1, 30, 1_000, 10_000))))[:LONGEST]


def change(rng: random.Random, content: bytes, files: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """The content with some changes."""
    for _ in range(rng.randint(1, 8)):
        content = rng.choice(CHANGES)(rng, content, files, words)[:LONGEST]
    return content


def change_archive(rng: random.Random, content: bytes, words: Sequence[bytes]) -> bytes:
    """A zip archive of which one or two files are changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # Most of a Word document is in few of its parts.
    names = [name for name in parts if re.search(r"document\.xml$|numbering|styles\.xml$|rels$|Types", name)] or list(
        parts
    )
    for name in rng.choices(names, k=rng.randint(1, 2)):
        parts[name] = change(rng, parts[name], list(parts.values()), words)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def _choose_span(rng: random.Random, content: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(content))
    return start, min(len(content), start + int(rng.paretovariate(0.6)))


def _flip(rng: random.Random, content: bytes, _files: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    at = rng.randint(0, max(0, len(content) - 1))
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]


def _delete(rng: random.Random, content: bytes, _files: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    start, end = _choose_span(rng, content)
    return content[:start] + content[end:]


def _cut(rng: random.Random, content: bytes, _files: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    return content[: rng.randint(0, len(content))]


def _repeat(rng: random.Random, content: bytes, _files: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    start, end = _choose_span(rng, content)
    return content[:end] + content[start:end] * rng.choice((1, 5, 200, 5_000)) + content[end:]


def _insert(rng: random.Random, content: bytes, _files: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    at = rng.randint(0, len(content))
    word = rng.choice(words) if rng.random() < 0.7 else rng.choice(SIGNS)
    return content[:at] + word * rng.choice((1, 1, 2, 50, 5_000)) + content[at:]


def _replace_number(rng: random.Random, content: bytes, _files: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    numbers = list(re.finditer(rb"\d+", content))
    if not numbers:
        return content
    number = rng.choice(numbers)
    return content[: number.start()] + rng.choice(NUMBERS) + content[number.end() :]


def _splice(rng: random.Random, content: bytes, files: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    other = rng.choice(files)
    start, end = _choose_span(rng, other)
    at = rng.randint(0, len(content))
    return content[:at] + other[start : end + rng.choice((0, 100, 2_000))] + content[at:]


CHANGES = (_flip, _delete, _cut, _repeat, _insert, _insert, _replace_number, _splice)
