"""What a release was made with: the versions on which the bytes of its files depend."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import publish
import transform

# The libraries that write.
WRITERS = ("pyarrow",)


@cache
def list_versions() -> dict[str, str]:
    """Versions by name: of the libraries that write, and of this project, with a hash of the code that writes."""
    digest = hashlib.sha256()
    for room in (transform, publish):
        folder = Path(str(room.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    own = f"{version('policytasks')}+{digest.hexdigest()[:12]}"
    return {**{name: version(name) for name in WRITERS}, "policytasks": own}
