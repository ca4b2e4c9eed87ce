"""Every word that a reader sees has its Chinese."""

from __future__ import annotations

import re

from catalog.rendering import load_words
from tests.catalog.words import get_singular, list_messages, read_chinese, update_chinese


def read_translations() -> dict[str, str]:
    return {
        get_singular(message.id): message.string if isinstance(message.string, str) else (message.string or ("",))[0]
        for message in read_chinese()
        if message.id
    }


def test_every_message_has_its_chinese() -> None:
    translations = read_translations()
    words = list_messages()
    assert len(words) > 150
    assert not sorted(word for word in words if not translations.get(word))


def test_an_update_adds_what_is_new_and_keeps_every_translation() -> None:
    chinese = read_chinese()
    before = {message.id: message.string for message in chinese}
    chinese.delete("Download")
    update_chinese(chinese)
    after = {message.id: message.string for message in chinese}
    assert not after.pop("Download")
    assert {**after, "Download": before["Download"]} == before


def test_placeholders_are_the_same_in_both_languages() -> None:
    for english, chinese in read_translations().items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", chinese)), english


def test_english_is_shown_as_it_is_and_chinese_from_the_file() -> None:
    assert load_words("en").gettext("Tasks") == "Tasks"
    assert load_words("zh").gettext("Tasks") == "任务"
