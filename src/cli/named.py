"""The datasets and versions that a command is given by name: those there are, or a line that says which there are."""

from __future__ import annotations

import re

from cli.terminal import UsageError
from config.models import ID_PATTERN
from publish import shelf
from publish.storage.backend import Storage


def numbers_of(storage: Storage, dataset_id: str) -> list[str]:
    """Every version of a dataset, oldest first, those withdrawn, damaged or gone too.

    Raises MisuseError where there is none.
    """
    found = shelf.numbers(storage, dataset_id) if re.fullmatch(ID_PATTERN, dataset_id) else []
    if not found:
        known = ", ".join(shelf.datasets(storage))
        mend = f"those that have one are {known}" if known else f"run policytasks publish {dataset_id}".rstrip()
        raise UsageError(f"{dataset_id!r}: no version of it is on the shelf, {storage.describe()}; {mend}")
    return found


def check_version(storage: Storage, dataset_id: str, *named: str) -> None:
    """See that a dataset has the versions named. Raises MisuseError where it has not."""
    known = numbers_of(storage, dataset_id)
    for number in named:
        if number not in known:
            raise UsageError(f"{dataset_id}: has no version {number!r}; its versions are {', '.join(known)}")
