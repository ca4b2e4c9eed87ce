"""The proof of a dataset as a job that runs by itself: findings, and people told where the shelf is not as it was."""

from __future__ import annotations

from typing import Any

from config.errors import ConfigurationError
from config.loader import read_dataset
from pipeline.notify.incidents import SHELF, Seen, Trouble
from pipeline.notify.notify import tell_people
from pipeline.run import Step, plainly
from pipeline.verify.prove import WRONG, Finding, prove
from pipeline.workspace import Home
from publish import shelf
from publish.storage.backend import ShelfError


def proved(home: Home, dataset_id: str) -> tuple[Finding, ...]:
    """All findings about a dataset. Raises ShelfError where it has no version."""
    if not shelf.numbers(home.shelf, dataset_id):
        where = home.shelf.where(dataset_id)
        raise ShelfError(f"{where}/: holds no version; run policytasks publish {dataset_id}")
    return tuple(prove(home, dataset_id))


def verified(home: Home, dataset_id: str, *, step: Step[Any] = plainly) -> tuple[Finding, ...]:
    """All findings, where none of them is wrong; whom the dataset names is told where one is. Raises ShelfError."""
    try:
        found: tuple[Finding, ...] = step(proved)(home, dataset_id)
        _refuse_wrong(dataset_id, found)
    except ShelfError as error:
        _tell(home, dataset_id, Seen(frozenset([SHELF]), (Trouble(SHELF, str(error)),)), step)
        raise
    _tell(home, dataset_id, Seen(frozenset([SHELF])), step)
    return found


def _refuse_wrong(dataset_id: str, found: tuple[Finding, ...]) -> None:
    wrong = [one for one in found if one.proved is WRONG]
    if wrong:
        more = f" (and {len(wrong) - 1} more findings)" if len(wrong) > 1 else ""
        said = f"{wrong[0].where}: {wrong[0].said}{more}"
        raise ShelfError(f"{said}; policytasks verify {dataset_id} shows all")


def _tell(home: Home, dataset_id: str, seen: Seen, step: Step[Any]) -> None:
    """Tell whom the dataset names; what is on the shelf and no longer ordered names nobody."""
    try:
        dataset = read_dataset(home.datasets, dataset_id)
    except ConfigurationError:
        return
    step(tell_people)(home, dataset, seen)
