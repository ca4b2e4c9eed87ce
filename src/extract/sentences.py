"""Text in, sentences and comparable forms of it out: the first sentence, unwrapped lines, letters only."""

from __future__ import annotations

import re

# Abbreviations with a point after which a sentence goes on; and those that may also end one: it goes on unless the next
# word is one that sentences begin with. A letter with a point is one of the latter (U.S., John F. Kennedy).
ABBREVIATIONS = (
    "No Nos St Dr Mr Mrs Ms Prof Hon Rev Gov Sen Rep Gen Lt Col Capt Sgt Mt Ft Art Sec Fig Vol Ch Para vs cf i.e e.g "
    "approx incl Dept"
)
ABBREVIATIONS_AT_ENDS = (
    "Inc Co Ltd Corp Jr Sr Bros Ave Blvd Rd etc al Ph.D Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
OPENERS = (
    "The This These Those That There It Its In On At By For From To With Within Without Under Over Through During "
    "After Before Since Until When While Where Who What Why How If As Although Because However Moreover Furthermore "
    "Also And But Or So Such We Our They Their He His She Her You Your I An Any All Each Every Many Most Some Both No "
    "Not"
)


def _omit_abbreviations(words: str) -> str:
    """A part of a regular expression that does not match behind one of the words with its point."""
    lengths = sorted({len(word) for word in words.split()})
    by_length = ("|".join(re.escape(word) for word in words.split() if len(word) == length) for length in lengths)
    return "".join(rf"(?<!\b(?:{alternatives})\.)" for alternatives in by_length)


GOES_ON = _omit_abbreviations(ABBREVIATIONS)
MAY_GO_ON = rf"(?<!\b[A-Za-z]\.){_omit_abbreviations(ABBREVIATIONS_AT_ENDS)}"
SENTENCE_END = re.compile(
    rf"(?<=[。！？])|(?<=[\w)”\"][.!?]){GOES_ON}(?:{MAY_GO_ON}\s+(?=[A-Z“\"(])|\s+(?=(?:{'|'.join(OPENERS.split())})\b))|\n"
)
# What follows an entry of a list but the last one, and how many characters of its end it may take.
LIST_GOES_ON = re.compile(r"\s?[;,]\s?(?:and|or)\Z")
LONGEST_LIST_END = 6
# Spaces between two Chinese characters or punctuation marks: a line break was there.
WRAPPED = re.compile(r"(?<=[\u4e00-\u9fff，、；：（《“]) +(?=[\u4e00-\u9fff，、；：）》”])")
# A Chinese character or full-width punctuation mark.
HAN = r"[\u3000-\u9fff\uff00-\uffef]"
HAN_CHARACTER = re.compile(HAN)
# White space that is longer than any layout needs.
LONG_SPACE = re.compile(r"\s{40,}+")
NO_LETTERS = re.compile(r"[\W_]+")


def shorten_to_heading(text: str) -> str:
    """The first sentence of a text, without its full stop or the "; and" of a list: the title of a task."""
    sentence = SENTENCE_END.split(text.strip(), maxsplit=1)[0].strip().rstrip(".。;；")
    goes_on = LIST_GOES_ON.search(sentence, max(0, len(sentence) - LONGEST_LIST_END))
    return sentence[: goes_on.start()].rstrip(".。;；") if goes_on else sentence


def unwrap_lines(text: str) -> str:
    """The text without the spaces that a line break has left between Chinese characters."""
    return WRAPPED.sub("", text)


def shorten_spaces(text: str) -> str:
    """The text with long white space as one line break or space, in which patterns can be searched quickly."""
    return LONG_SPACE.sub(lambda space: "\n" if "\n" in space[0] else " ", text)


def needs_space(before: str, after: str) -> bool:
    """Whether a space belongs between two lines that are joined: not between Chinese characters."""
    return not (HAN_CHARACTER.match(after) and HAN_CHARACTER.match(before[-1:]))


def reduce_to_letters(text: str) -> str:
    """The letters and digits of a text in lower case: equal if two titles are the same."""
    return NO_LETTERS.sub("", text.casefold())
