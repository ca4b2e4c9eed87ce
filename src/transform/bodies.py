"""Recognises a body by its name, across documents and spellings.

A name in a document's words and the document's place (its jurisdiction) come in; a key goes out, which is equal for
all names of one body, and the body's full name if it is known:

    市发改委, in a document of 重庆市      key 重庆市|发展改革委    name 重庆市发展和改革委员会
    NDRC                                 key 中国|发展改革委      name National Development and Reform Commission

A name without a place means the body of the document's own place: 市发改委 of one city is not that of another. If the
document's place is unknown, the name means a body of that document only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from transform.aliases import (
    JOINING,
    LOCAL,
    NATIONAL,
    NOT_A_PLACE,
    OWN_PLACE_PREFIXES,
    OWN_PLACE_WORDS,
    PLACE_ENDINGS,
    SHORT_FORMS,
    STATE_ENDINGS,
    STATE_PREFIXES,
)
from transform.identity import normalise

THE_STATE = "中国"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ABBREVIATED = re.compile(r"^(?P<name>.+?)\s*[（(](?P<short>[A-Z][A-Za-z0-9&.’'-]{1,11})[)）]$")
NAMED_PLACE = re.compile(r"^(?P<place>[\u4e00-\u9fff]{2,7}?(?:省|市|自治区|自治州|新区|区|县|州))(?P<rest>.{2,})$")
PLACE_IN_FRONT = re.compile(r"^(?:中共)?([\u4e00-\u9fff]{2,7}?(?:省|市|自治区|自治州|新区|区|县|州))")


@dataclass(frozen=True, slots=True)
class RecognisedBody:
    """A body: its key, and its name, which is the full one if that is known."""

    key: str
    name: str


def identify_body(
    stated: str, place: str | None, document_id: str, full_names: Mapping[str, str] | None = None
) -> RecognisedBody:
    """The body that the name `stated` means in a document of `place` (None if unknown).

    `full_names` maps normalised short names to full ones: the dataset's aliases, and what the document explains.
    """
    words = unicodedata.normalize("NFKC", stated).strip()
    abbreviation = ABBREVIATED.match(words)
    words = abbreviation["name"] if abbreviation else words
    words = (full_names or {}).get(normalise(words), words)
    return _identify_words(words, place, document_id)


@lru_cache(maxsize=100_000)
def _identify_words(words: str, place: str | None, document_id: str) -> RecognisedBody:
    by_name, by_key, short_names = _index_names()
    if names := by_name.get(normalise(words)):
        return RecognisedBody(_make_national_key(names[0]), _choose_name_in_script(words, names))
    if not CHINESE.search(words):
        first_word = words.partition(" ")[0].casefold()
        scope = (place or document_id) if first_word in OWN_PLACE_WORDS else ""
        return RecognisedBody(f"{scope}|{normalise(re.sub(r'^[Tt]he ', '', words).replace('&', ' and '))}", words)
    scope, rest = _split_scope(words, place, document_id)
    full_name = short_names.get(_fold(rest), rest)
    key = f"{scope}|{_fold(full_name)}"
    name = f"{words.removesuffix(rest)}{full_name}"
    if key in by_key:
        name = by_key[key]
    elif scope and scope == place and not words.startswith(STATE_PREFIXES):
        name = full_name if scope == THE_STATE else f"{scope}{full_name}"
    return RecognisedBody(key, name)


def detect_language(name: str) -> str:
    """The language of a body's name: `zh` if it has a Han character, else `en`."""
    return "zh" if CHINESE.search(name) else "en"


def find_place(issuers: Iterable[str], titles: Iterable[str | None]) -> str | None:
    """The place of a plan, taken from its issuers, else from its titles; None if none of them names one."""
    for words in (*issuers, *filter(None, titles)):
        if words.startswith(("国务院", "中共中央")):
            return THE_STATE
        if match := PLACE_IN_FRONT.match(words):
            return match[1]
    return None


def read_abbreviations(names: Iterable[str]) -> dict[str, str]:
    """Abbreviations that names explain: "Department of Trade (DOT)" gives `{"dot": "Department of Trade"}`."""
    matches = (ABBREVIATED.match(unicodedata.normalize("NFKC", name).strip()) for name in names)
    return {normalise(match["short"]): match["name"] for match in matches if match}


def _split_scope(words: str, place: str | None, document_id: str) -> tuple[str, str]:
    """The scope of a Chinese name (a place, a document, or empty), and the name without its place."""
    if prefix := _find_prefix(words, STATE_PREFIXES):
        return THE_STATE, words.removeprefix(prefix)
    prefix = _find_prefix(words, OWN_PLACE_PREFIXES)
    if prefix and not words.startswith(NOT_A_PLACE):
        rest = words if prefix == "各" else words.removeprefix(prefix)
        if place and place.endswith(OWN_PLACE_PREFIXES[prefix]):
            return place, rest
        return f"{place or document_id}^{prefix}", rest
    if match := NAMED_PLACE.match(words):
        return match["place"], match["rest"]
    if words.endswith(STATE_ENDINGS):
        return THE_STATE, words
    if words.endswith(PLACE_ENDINGS):
        return place or document_id, words
    return "", words


def _find_prefix(words: str, prefixes: Iterable[str]) -> str:
    """The first of the prefixes that leaves at least two characters of the words; empty if none does."""
    return next((prefix for prefix in prefixes if words.startswith(prefix) and len(words) > len(prefix) + 1), "")


@cache
def _index_names() -> tuple[dict[str, tuple[str, ...]], dict[str, str], dict[str, str]]:
    """National bodies by name; their first names by key; and the full names of local bodies by any name."""
    return (
        {normalise(name): row for row in NATIONAL for name in row},
        {_make_national_key(row[0]): row[0] for row in NATIONAL},
        {_fold(name): row[0] for row in LOCAL for name in row},
    )


def _fold(name: str) -> str:
    """A Chinese name in its shortest spelling, so that spellings of one name are equal."""
    for long, short in SHORT_FORMS.items():
        name = name.replace(long, short)
    return normalise("".join(character for character in name if character not in JOINING))


def _make_national_key(name: str) -> str:
    prefix = next((prefix for prefix in STATE_PREFIXES if name.startswith(prefix)), "")
    return f"{THE_STATE}|{_fold(name.removeprefix(prefix))}"


def _choose_name_in_script(words: str, names: tuple[str, ...]) -> str:
    """The first of a body's names in the script of `words`, which is the full one."""
    is_chinese = bool(CHINESE.search(words))
    return next(name for name in names if bool(CHINESE.search(name)) == is_chinese)
