from __future__ import annotations

from config.models import Dataset
from config.reference import describe_keys, render_keys
from tests.conftest import CHECKOUT

GROUPS = {group.path: group for group in describe_keys()}


def test_the_committed_page_is_the_one_that_the_models_give() -> None:
    page = (CHECKOUT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == render_keys(), "generate it again: python -m cli.reference docs"


def test_every_key_of_every_model_is_described() -> None:
    assert [key.path for key in GROUPS[""].keys] == list(Dataset.model_fields)
    assert [key.path for group in GROUPS.values() for key in group.keys if not key.description] == []
    assert [group.path for group in GROUPS.values() if not group.description] == []


def test_a_key_says_its_type_and_its_default() -> None:
    keys = {key.path: (key.type, key.default) for group in GROUPS.values() for key in group.keys}
    assert keys["id"] == ("text", None)
    assert keys["delay"] == ("number, 0 to 3600", "`1.0`")
    assert keys["sources[].discover.pages"] == ("whole number, 1 to 1000", "`5`")
    assert keys["identity[].is"] == ("text", "none")
    assert keys["keywords"] == ("list of text", "none")
