"""One identity for a body across documents and spellings.

Comes in: a name in a document's words, and the place whose plan it is. Goes out: the key by which the body is
recognised everywhere, and its name in full where it is known. 市发展改革委 of one city is not that of another: a name
that leaves out its place means the document's own; where that is not known, it means no other document's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from transform.aliases import (
    JOINING,
    LOCAL,
    NATIONAL,
    NO_PLACE,
    OF_THE_STATE,
    OWN_PLACE,
    OWN_PLACE_ENGLISH,
    PLACE_ENDINGS,
    SHORTENED,
    STATE_ENDINGS,
)
from transform.identity import normal

THE_STATE = "中国"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ABBREVIATED = re.compile(r"^(?P<name>.+?)\s*[（(](?P<short>[A-Z][A-Za-z0-9&.’'-]{1,11})[)）]$")
NAMED_PLACE = re.compile(r"^(?P<place>[\u4e00-\u9fff]{2,7}?(?:省|市|自治区|自治州|新区|区|县|州))(?P<rest>.{2,})$")
PLACE_IN_FRONT = re.compile(r"^(?:中共)?([\u4e00-\u9fff]{2,7}?(?:省|市|自治区|自治州|新区|区|县|州))")


@dataclass(frozen=True, slots=True)
class Named:
    """A body: the key by which it is recognised, and its name, in full where that is known."""

    key: str
    name: str


def identify(stated: str, place: str | None, document_id: str, own: Mapping[str, str] | None = None) -> Named:
    """Who is meant by a name in a document of a place (None: not known).

    `own` gives full names by `normal` short names: the dataset's aliases, and what the document itself explains.
    """
    words = unicodedata.normalize("NFKC", stated).strip()
    explained = ABBREVIATED.match(words)
    words = explained["name"] if explained else words
    words = (own or {}).get(normal(words), words)
    return _identify(words, place, document_id)


@lru_cache(maxsize=100_000)
def _identify(words: str, place: str | None, document_id: str) -> Named:
    known = _national().get(normal(words))
    if known:
        return Named(_state_key(known[0]), _in_script_of(words, known))
    if not CHINESE.search(words):
        first = words.partition(" ")[0].casefold()
        scope = (place or document_id) if first in OWN_PLACE_ENGLISH else ""
        return Named(f"{scope}|{normal(re.sub(r'^[Tt]he ', '', words).replace('&', ' and '))}", words)
    scope, rest = _scope(words, place, document_id)
    whole = _in_full(rest)
    if of_state := _of_state().get(f"{scope}|{_folded(whole)}"):
        return Named(f"{scope}|{_folded(whole)}", of_state[0])
    if scope and scope == place and not words.startswith(OF_THE_STATE):
        return Named(f"{scope}|{_folded(whole)}", f"{'' if scope == THE_STATE else scope}{whole}")
    return Named(f"{scope}|{_folded(whole)}", f"{words.removesuffix(rest)}{whole}")


def language_of_name(name: str) -> str:
    """The language of a body's name: `zh` where it has a Han character, else `en`."""
    return "zh" if CHINESE.search(name) else "en"


def place_of(issuers: Iterable[str], titles: Iterable[str | None]) -> str | None:
    """The place whose plan it is, as its issuers or else its titles say; None where they do not."""
    listed = tuple(issuers)
    for words in (*listed, *filter(None, titles)):
        if words.startswith(("国务院", "中共中央")):
            return THE_STATE
        if found := PLACE_IN_FRONT.match(words):
            return found[1]
    return None


def explained(names: Iterable[str]) -> dict[str, str]:
    """What a document's own names explain: "Department of Trade (DOT)" says what DOT is. By `normal` short name."""
    found = (ABBREVIATED.match(unicodedata.normalize("NFKC", name).strip()) for name in names)
    return {normal(one["short"]): one["name"] for one in found if one}


def _scope(words: str, place: str | None, document_id: str) -> tuple[str, str]:
    """Where a Chinese name belongs (a place, a document, or nowhere in particular), and the name without that."""
    state = next((sign for sign in OF_THE_STATE if words.startswith(sign) and len(words) > len(sign) + 1), None)
    if state:
        return THE_STATE, words.removeprefix(state)
    sign = next((sign for sign in OWN_PLACE if words.startswith(sign) and len(words) > len(sign) + 1), None)
    if sign and not words.startswith(NO_PLACE):
        rest = words if sign == "各" else words.removeprefix(sign)
        if place and place.endswith(OWN_PLACE[sign]):
            return place, rest
        return f"{place or document_id}^{sign}", rest
    if named := NAMED_PLACE.match(words):
        return named["place"], named["rest"]
    if words.endswith(STATE_ENDINGS):
        return THE_STATE, words
    if words.endswith(PLACE_ENDINGS):
        return place or document_id, words
    return "", words


@lru_cache(maxsize=1)
def _national() -> dict[str, tuple[str, ...]]:
    return {normal(name): row for row in NATIONAL for name in row}


@lru_cache(maxsize=1)
def _of_state() -> dict[str, tuple[str, ...]]:
    return {_state_key(row[0]): row for row in NATIONAL}


@lru_cache(maxsize=1)
def _local() -> dict[str, str]:
    return {_folded(name): row[0] for row in LOCAL for name in row}


def _in_full(rest: str) -> str:
    return _local().get(_folded(rest), rest)


def _folded(name: str) -> str:
    """A Chinese name without what is written or left out at will."""
    for long, short in SHORTENED.items():
        name = name.replace(long, short)
    return normal("".join(sign for sign in name if sign not in JOINING))


def _state_key(name: str) -> str:
    sign = next((sign for sign in OF_THE_STATE if name.startswith(sign)), "")
    return f"{THE_STATE}|{_folded(name.removeprefix(sign))}"


def _in_script_of(words: str, names: tuple[str, ...]) -> str:
    """The first, which is the full one, of a body's names in the script of the words."""
    chinese = bool(CHINESE.search(words))
    return next(name for name in names if bool(CHINESE.search(name)) == chinese)
