"""Templates and words: a template's name and what it shows in, the bytes of a page in one language out.

Everything is escaped unless a template says otherwise, and none does. Words stand in the templates in English; Chinese
comes from `words/zh.po`.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from catalog.pages import LANGUAGES, made_with
from catalog.policy import POLICY
from transform.schema import TABLES

HERE = Path(__file__).parent
# A piece of a version's summary: how many, of what, what became of them, and under which areas.
COUNTS = re.compile(r", (?=\d)")
NOUNS = {("body" if name == "bodies" else name.removesuffix("s")): name for name in TABLES}
PIECE = re.compile(
    rf"(?P<number>[\d,]+) (?:(?P<noun>{'|'.join((*NOUNS, *TABLES))}) )?(?P<verb>.+?)(?: (?:under|from) (?P<where>.+))?"
)


def render(template: str, lang: str, name: str, **shown: Any) -> bytes:
    """A page. `name` is the English page's name below the root; `shown` is what the template shows."""
    depth = name.count("/")
    hall = "../" * depth
    root = hall if lang == "en" else f"{hall}../"
    others = {
        other: f"{root}{'' if other == 'en' else f'{other}/'}{_shorten(name)}" or "./"
        for other in LANGUAGES
        if other != lang
    }
    page = _make_environment(lang).get_template(template)
    text = page.render(lang=lang, root=root or "./", hall=hall or "./", name=name, others=others, **shown)
    return text.encode("utf-8", "replace")


def render_macro(template: str, lang: str, macro: str, *shown: Any) -> Markup:
    """What a macro of a template makes, for pages that show the same piece."""
    made: Markup = getattr(_make_environment(lang).get_template(template).module, macro)(*shown)
    return made


@cache
def load_words(lang: str) -> gettext.NullTranslations:
    """The words of a language; English says them as they stand."""
    path = HERE / "words" / f"{lang}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def told(summary: str, lang: str) -> str:
    """A version's summary in a language; what is no known piece stays as it is."""
    said = load_words(lang)
    if lang == "en":
        return summary
    parts, noun = [], ""
    for sentence in summary.split("; "):
        pieces = []
        for piece in COUNTS.split(sentence) if sentence[:1].isdigit() else sentence.split(", "):
            match = PIECE.fullmatch(piece)
            if match is None:
                pieces.append(said.gettext(piece))
                continue
            noun = NOUNS.get(match["noun"], match["noun"]) or noun
            where = f"（{match['where']}）" if match["where"] else ""
            english = f"%(number)s {noun} {match['verb']}"
            chinese = said.gettext(english)
            pieces.append(piece if chinese == english else chinese.replace("%(number)s", match["number"]) + where)
        parts.append("，".join(pieces))
    return "；".join(parts)


class _TranslatingLoader(FileSystemLoader):
    """Templates with their words: what is the same on every page is translated when a template is compiled."""

    def __init__(self, lang: str) -> None:
        super().__init__(HERE / "templates")
        self._saying = _Translator(load_words(lang))

    def load(self, environment: Environment, name: str, globals: Any = None) -> Template:  # noqa: A002 (as jinja has it)
        """A template by its name."""
        source, path, uptodate = self.get_source(environment, name)
        tree = self._saying.visit(environment.parse(source, name, path))
        code = environment.compile(tree, name, path)
        return environment.template_class.from_code(environment, code, globals or {}, uptodate)


class _Translator(NodeTransformer):
    """Puts the words of a language in the place of each call that asks for constant ones."""

    def __init__(self, said: gettext.NullTranslations) -> None:
        self._said = said

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802 (by this name jinja finds it)
        """The words, or the call where they are known only when a page is made."""
        self.generic_visit(call)
        match call:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str(english))], kwargs=[]):
                return nodes.Const(Markup(self._said.gettext(english)) % {}, lineno=call.lineno)  # noqa: S704 (ours)
        return call


@cache
def _make_environment(lang: str) -> Environment:
    made = Environment(
        loader=_TranslatingLoader(lang),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations: Any = made
    translations.install_gettext_translations(load_words(lang), newstyle=True)
    filters: dict[str, Callable[..., Any]] = {
        "day": lambda moment: str(moment or "")[:10],
        "size": _format_size,
        "number": lambda value: f"{value:,}",
        "told": lambda summary: told(summary, lang),
    }
    made.filters.update(filters)
    made.globals.update(policy=POLICY, languages=LANGUAGES, stamp=made_with()[:8])
    return made


def _shorten(name: str) -> str:
    return name.removesuffix("index.html")


def _format_size(count: int) -> str:
    for unit, least in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= least:
            return f"{count / least:.1f} {unit}"
    return f"{count} B"
