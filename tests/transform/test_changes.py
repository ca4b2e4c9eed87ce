from __future__ import annotations

import pytest

from tests.transform.plans import PLAN, announced, dataset
from transform.changes import derive_version
from transform.content import hash_content
from transform.draft import draft_release


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
    assert derive_version(current, kinds, columns_changed=columns_changed) == version


def test_the_content_hash_knows_content_from_provenance() -> None:
    one, again = (draft_release(dataset(), [announced()]) for _ in range(2))
    other = draft_release(dataset(), [announced(PLAN[:1])])
    assert one.content_hash == again.content_hash == hash_content(one.tables)
    assert one.content_hash != other.content_hash
