"""A version as one zip: its files in, the same bytes out whenever it is made by the same zlib."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import datetime

from publish.storage.backend import Storage

# Packed already: packing again costs time and saves nothing.
COMPRESSED = (".parquet",)
# So much of a file is held at once.
BLOCK = 2**20


def bundle_version(storage: Storage, dataset_id: str, version: str, names: list[str], published_at: str) -> bytes:
    """All files of a version in one folder that bears its name. Raises ShelfError."""
    when = datetime.fromisoformat(published_at)
    moment = (max(when.year, 1980), when.month, when.day, when.hour, when.minute, when.second)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(names):
            entry = zipfile.ZipInfo(f"{dataset_id}-{version}/{name}", moment)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(COMPRESSED) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with storage.open_local(f"{dataset_id}/{version}/{name}") as path, path.open("rb") as file:
                entry.file_size = path.stat().st_size
                with archive.open(entry, "w") as packing:
                    shutil.copyfileobj(file, packing, BLOCK)
    return packed.getvalue()
