"""A text in, the code of its language out: `zh` and `en`, which are read, or another one, which is named and not read.

The script decides, and for Latin and Cyrillic letters the words that are frequent in any text of a language. What a
page declares (`lang`) is often wrong, so it decides only where the words leave it open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from extract.plan import Problem

# The code of a language that is none of the known ones.
UNKNOWN = "und"
# The language is decided by parts of a text that are spread over it evenly: how many, and characters of each.
PARTS, LONGEST_PART = 5, 2_000
# Share (0 to 1) of a text's letters from which on those of a script decide; of Chinese ones, since much else stands in
# a Chinese text.
LEAST_LETTERS, LEAST_HAN = 0.5, 0.2
# Share (0 to 1) of the Han and Kana characters of a text from which on Kana make it Japanese.
LEAST_KANA = 0.1
# A language is that of a text if so many of its words, and such a share (0 to 1) of them, are its frequent words, and
# so many times as many as frequent words of English.
FEWEST_WORDS, LEAST_WORDS, TIMES_ENGLISH = 4, 0.05, 2
# Share (0 to 1) of such words from which on a text is English whatever its page declares; the English documents of the
# corpus have 0.13 or more.
LEAST_ENGLISH = 0.03
# Number of words from which on a text without these is in the language that its page declares; and of different words
# from which on it is in an unknown one if no other language is found.
FEWEST_DECLARED, FEWEST_UNKNOWN = 20, 100

WORD = re.compile(r"[^\W\d_]+")
SCRIPTS = {
    "Han": "\u4e00-\u9fff",
    "Kana": "\u3041-\u30ff",
    "Hangul": "\u1100-\u11ff\uac00-\ud7af",
    "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Gurmukhi": "\u0a00-\u0a7f",
    "Gujarati": "\u0a80-\u0aff",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Kannada": "\u0c80-\u0cff",
    "Malayalam": "\u0d00-\u0d7f",
    "Sinhala": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Burmese": "\u1000-\u109f",
    "Georgian": "\u10a0-\u10ff",
    "Armenian": "\u0530-\u058f",
    "Ethiopic": "\u1200-\u137f",
    "Khmer": "\u1780-\u17ff",
    "Mongolian": "\u1800-\u18af",
}
LETTERS = {script: re.compile(f"[{characters}]") for script, characters in SCRIPTS.items()}
OTHER_LETTERS = re.compile(f"[{''.join(SCRIPTS.values())}]")
# Scripts that one language is written in, or nearly so.
LANGUAGE_OF_SCRIPT = {
    "Hangul": "ko", "Greek": "el", "Hebrew": "he", "Bengali": "bn", "Gurmukhi": "pa", "Gujarati": "gu", "Tamil": "ta",
    "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si", "Thai": "th", "Lao": "lo", "Tibetan": "bo",
    "Burmese": "my", "Georgian": "ka", "Armenian": "hy", "Khmer": "km",
}  # fmt: skip
NAMES = {
    "ko": "Korean", "el": "Greek", "he": "Hebrew", "bn": "Bengali", "pa": "Punjabi", "gu": "Gujarati", "ta": "Tamil",
    "te": "Telugu", "kn": "Kannada", "ml": "Malayalam", "si": "Sinhala", "th": "Thai", "lo": "Lao", "bo": "Tibetan",
    "my": "Burmese", "ka": "Georgian", "hy": "Armenian", "km": "Khmer", "ja": "Japanese", "ar": "Arabic",
    "fa": "Persian", "ur": "Urdu", "hi": "Hindi", "ne": "Nepali", "mr": "Marathi", "am": "Amharic", "mn": "Mongolian",
    "kk": "Kazakh", "ky": "Kyrgyz", "tg": "Tajik", "mk": "Macedonian", "be": "Belarusian", "fr": "French",
    "de": "German", "es": "Spanish", "pt": "Portuguese", "it": "Italian", "nl": "Dutch", "ca": "Catalan",
    "sv": "Swedish", "da": "Danish", "no": "Norwegian", "nb": "Norwegian", "nn": "Norwegian", "is": "Icelandic",
    "fi": "Finnish", "et": "Estonian", "lv": "Latvian", "lt": "Lithuanian", "pl": "Polish", "cs": "Czech",
    "sk": "Slovak", "sl": "Slovenian", "hr": "Croatian", "hu": "Hungarian", "ro": "Romanian", "sq": "Albanian",
    "tr": "Turkish", "vi": "Vietnamese", "id": "Indonesian", "ms": "Malay", "tl": "Filipino", "sw": "Swahili",
    "ga": "Irish", "cy": "Welsh", "mt": "Maltese", "eu": "Basque", "gl": "Galician", "af": "Afrikaans",
    "ru": "Russian", "uk": "Ukrainian", "bg": "Bulgarian", "sr": "Serbian",
}  # fmt: skip
# Words that are frequent in any text of a language; of the other languages none that English texts have too.
FREQUENT = {
    "en": "the of and with will that this from which are by shall should their or be our have is for to in on",
    "fr": "le la les de des du d l et est un une pour dans sur par avec qui aux au ce cette ses sont en",
    "de": "der das und den von zu mit für auf ist im dem des eine einer nicht werden wird sowie durch als zur bei",
    "es": "el la los las de del y en que un una por para con se su sus al como es son más lo",
    "pt": "os de da dos das em que um uma por para com se sua ao à na nas nos mais são não",
    "it": "il lo la gli le di del della dei delle che un una con si nel nella alla al è sono dal più",
    "nl": "de het een van en te op met voor zijn dat worden wordt niet ook aan door bij naar uit",
    "ca": "el la els les de del dels en que un una amb l d es al als són més",
    "gl": "os de da dos das en que un unha por para con se ao na nas máis",
    "eu": "eta da du bat dira ere izan den dituen hau baina edo beste egin dute zuen",
    "sv": "och att det som en är av för på med den till ska om har ett vi kan de inte från",
    "da": "og det som en er af på med den til skal om har et vi kan de ikke fra",
    "no": "og å det som en er av på med den til skal om har et vi kan de ikke fra",
    "is": "og í að það sem er á við um til fyrir af með en eru frá eða hefur verið",
    "fi": "ja ei se että ovat tai myös sekä joka kuin sen mukaan sitä voi",
    "et": "ja ei et see ning kui või mis ka oma selle tuleb poolt",
    "lv": "un ir ar par uz kas lai tiek pie vai tās kā ne",
    "lt": "ir yra su iš kad į apie tai kaip ar arba bei pagal",
    "pl": "w z na się nie jest oraz dla przez od że są ze po tym których",
    "cs": "v na se je že z pro k jsou nebo jako ve které při podle",
    "sk": "v na sa je že z pre k sú alebo ako vo ktoré pri podľa",
    "sl": "v na se je da za z ki pri ali kot bi ter",
    "hr": "na se je da za su koji ili kao od te će bi",
    "hu": "az és hogy nem egy ez van vagy meg kell valamint által ezt lehet",
    "ro": "și în de la cu pe din care este pentru un sau să al ale prin nu sunt",
    "sq": "dhe të në për nga është një që janë ose si",
    "tr": "ve bir bu ile için de da olarak olan veya çok daha gibi ne en",
    "vi": "và của các là trong cho với được những có này không từ để về",
    "id": "dan yang di untuk dengan dari pada dalam ini adalah ke oleh akan atau tidak",
    "ms": "dan yang di untuk dengan dari pada dalam ini ialah ke oleh akan atau tidak",
    "tl": "ng sa ang na mga ay para hindi ito kung may mula nito",
    "sw": "ya na wa kwa katika ni za la kuwa hii au pia cha vya",
    "ga": "na agus ar le go ag de leis chun sa",
    "cy": "y yr ar yn ac ei gan eu wedi fel hefyd",
    "mt": "il li ta ma għal minn huwa jew dan għandu",
    "af": "van en om te vir met nie op wat sal deur aan",
    "ru": "и в на с по для не от к о что из при до как его или это",
    "uk": "і в на з по для не від до та що із при як або це його у",
    "bg": "и в на с по за не от до че да се са като или това при",
    "sr": "и у на с по за не од до да се су као или ово при је",
    "mk": "и во на со по за не од до да се како или ова при е",
    "be": "і ў на з па для не ад да што як або гэта пры",
    "ar": "في من على أن إلى التي عن هذا مع الذي هذه أو كل",
    "fa": "و در به از که این را با است برای آن یک هر",
    "ur": "کے میں کی ہے اور سے کا کو پر نے اس",
    "kk": "және мен бұл үшін бойынша болып да де туралы",
    "mn": "ба нь болон энэ тухай юм бол байна",
}  # fmt: skip
LANGUAGES_OF_WORD: dict[str, list[str]] = {}
for code, words in FREQUENT.items():
    for word in set(words.split()):
        LANGUAGES_OF_WORD.setdefault(word, []).append(code)


def detect_language(text: str, declared: str | None = None) -> str:
    """The code of a text's language (ISO 639-1); `und` if it is in letters that no known language is written in.

    `declared` is the language that its page states, such as `fr` or `zh-CN`. A text without any evidence is English.
    """
    sample = _take_sample(text)
    script = _find_script(sample)
    if script == "Han":
        return "zh"
    stated = (declared or "").strip().lower().replace("_", "-").partition("-")[0]
    if script == "Kana":
        return "ja"
    if script in LANGUAGE_OF_SCRIPT:
        return LANGUAGE_OF_SCRIPT[script]
    words = WORD.findall(sample.lower())
    language = _find_by_words(words, stated)
    if script == "Latin":
        return language or "en"
    return language or (stated if stated in NAMES else UNKNOWN)


def explain_language(code: str) -> Problem:
    """The problem that says that a text is in a language that is not read."""
    name = NAMES.get(code, "it is not known")
    return Problem(f"the language ({code}) is not one that is read: {name}; English and Chinese are", 0)


def _take_sample(text: str) -> str:
    """Parts of a text that are spread over it evenly; the whole text if it is short."""
    if len(text) <= PARTS * LONGEST_PART:
        return text
    return "\n".join(text[start : start + LONGEST_PART] for start in range(0, len(text), len(text) // PARTS + 1))


def _find_script(text: str) -> str:
    """The script of a text: Latin if none of the others has enough of its letters."""
    letters = 0 if text.isascii() else sum(map(str.isalpha, text))
    if not letters:
        return "Latin"
    han = _count(LETTERS["Han"], text)
    if han and han >= LEAST_HAN * letters:
        kana = _count(LETTERS["Kana"], text)
        return "Kana" if kana and kana >= LEAST_KANA * (kana + han) else "Han"
    if _count(OTHER_LETTERS, text) < LEAST_LETTERS * letters:
        return "Latin"
    return max(LETTERS, key=lambda script: _count(LETTERS[script], text))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _find_by_words(words: list[str], stated: str) -> str | None:
    """The language whose frequent words a text has, or that its page states and its words allow; None if English."""
    counts = Counter(_list_languages(words))
    english = counts.pop("en", 0)
    if counts:
        best = max(counts, key=lambda code: (counts[code], code == stated))
        if counts[best] >= max(FEWEST_WORDS, LEAST_WORDS * len(words), TIMES_ENGLISH * english):
            return best
    is_likely = counts[stated] > english or (stated not in FREQUENT and len(words) >= FEWEST_DECLARED)
    if english >= LEAST_ENGLISH * len(words):
        return None
    return stated if stated in NAMES and is_likely else UNKNOWN if len(set(words)) >= FEWEST_UNKNOWN else None


def _list_languages(words: list[str]) -> Iterator[str]:
    """The languages of each word of which it is a frequent one."""
    for word in words:
        yield from LANGUAGES_OF_WORD.get(word, ())
