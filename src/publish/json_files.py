"""JSON as the published files have it: bytes in, values out, and back."""

from __future__ import annotations

import json
from typing import Any


def to_json(value: object) -> bytes:
    """A value as a JSON file: UTF-8, two blanks a level, a line break at the end."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def parse_json(document: bytes) -> Any:
    """The value that a JSON document holds. Raises ValueError where it is not JSON, or is nested too deep to read."""
    try:
        return json.loads(document)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
