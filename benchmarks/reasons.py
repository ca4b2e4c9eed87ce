"""Why policytasks is behind where it is: by the benchmark's file and the row. Shown only where it was measured so."""

from __future__ import annotations

REASONS: dict[tuple[str, str], str] = {}
