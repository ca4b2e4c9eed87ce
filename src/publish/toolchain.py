"""What a release was made with: the versions on which the bytes of its files depend."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import publish
import transform


@cache
def list_versions() -> dict[str, str]:
    """Versions by name: of the library that writes, and of this project, with a hash of the code that writes."""
    own = f"{version('policytasks')}+{hash_code(transform, publish)[:12]}"
    return {"pyarrow": version("pyarrow"), "policytasks": own}


def hash_code(*packages: ModuleType, libraries: Sequence[str] = ()) -> str:
    """A hash of the code of packages and of the versions of libraries; it differs if their results may differ."""
    digest = hashlib.sha256(json.dumps({name: version(name) for name in libraries}).encode())
    for package in packages:
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
