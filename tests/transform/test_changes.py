from __future__ import annotations

import pytest

from tests.transform.plans import PLAN, announced
from transform.changes import Change, content_hash, next_version
from transform.draft import draft_release


def change(kind: str) -> Change:
    return Change("tasks", "t01", kind, "*", None, None)


@pytest.mark.parametrize(
    ("current", "kinds", "columns_changed", "version"),
    [
        (None, [], False, "1.0.0"),
        ("1.2.3", [], False, None),
        ("1.2.3", ["altered"], False, "1.2.4"),
        ("1.2.3", ["altered", "added"], False, "1.3.0"),
        ("1.2.3", ["added", "removed"], False, "2.0.0"),
        ("1.9.9", [], True, "2.0.0"),
        ("1.9.9", ["altered"], False, "1.9.10"),
    ],
)
def test_the_version_follows_from_what_changed(
    current: str | None, kinds: list[str], columns_changed: bool, version: str | None
) -> None:
    assert next_version(current, [change(kind) for kind in kinds], columns_changed=columns_changed) == version


def test_the_content_hash_knows_content_from_provenance() -> None:
    one, again = (draft_release([announced()], None, None, {}) for _ in range(2))
    other = draft_release([announced(PLAN[:1])], None, None, {})
    assert one.content_hash == again.content_hash == content_hash(one.tables)
    assert one.content_hash != other.content_hash
