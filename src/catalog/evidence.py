"""The evidence of a document as its page shows it; whoever makes pages is given the archive that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaptureEvidence:
    """A capture as pages show it: the name of its file, its bytes, and its reading text, in which spans are counted."""

    file_name: str
    content: bytes
    text: str


# Gives the evidence of a row of `documents` and its row of `captures`; raises ArchiveError if the archive lacks it.
Archive = Callable[[Row, Row], CaptureEvidence]
