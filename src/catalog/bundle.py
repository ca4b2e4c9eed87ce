"""A version as one zip: its files in, the same bytes out with the same zlib."""

from __future__ import annotations

import io
import shutil
import zipfile
from datetime import datetime

from publish.records import ReleaseEntry
from publish.storage.backend import Storage

# How many bytes of a file are in memory at once.
BLOCK = 2**20


def bundle_version(storage: Storage, dataset_id: str, release: ReleaseEntry) -> bytes:
    """A zip of all files of a version, in one folder with the version's name. Raises ShelfError."""
    when = datetime.fromisoformat(release.published_at)
    moment = (max(when.year, 1980), when.month, when.day, when.hour, when.minute, when.second)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(file.name for file in release.files):
            entry = zipfile.ZipInfo(f"{dataset_id}-{release.version}/{name}", moment)
            # Parquet is compressed already: to compress it again costs time and saves nothing.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with storage.open_local(f"{dataset_id}/{release.version}/{name}") as path, path.open("rb") as file:
                entry.file_size = path.stat().st_size
                with archive.open(entry, "w") as packing:
                    shutil.copyfileobj(file, packing, BLOCK)
    return packed.getvalue()
