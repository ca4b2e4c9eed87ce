"""Templates and words: the name of a template and what it shows in, the bytes of a page in one language out.

The templates have their words in English; `words/zh.po` has the Chinese. Whatever is shown is escaped.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from catalog.content_security import POLICY
from catalog.head import PageAddress, describe_head
from catalog.pages import LANGUAGES, Page, hash_page_code, hash_values, localise_name

HERE = Path(__file__).parent
# The name of an asset in a template, and of a template that it extends or imports.
ASSET = re.compile(r"""\basset\(["']([^"']+)""")
PART = re.compile(r"""{%-? *(?:extends|from|import|include) ["']([^"']+)""")
# The name of a script in a script that loads it.
SCRIPT = re.compile(r"[\w./-]+\.js\b")


def make_pages(
    module: str,
    site: str | None,
    name: str,
    templates: tuple[str, ...],
    describe: Callable[[PageAddress], Mapping[str, Any]],
    *,
    shown: Any,
) -> Iterator[Page]:
    """A page in every language. Its key follows from the code of `module`, from the templates, and from `shown`.

    The first of the templates is the page's own. `describe` gives its variables; `about` among them holds the
    arguments of `describe_head`.
    """
    for lang in LANGUAGES:
        page = PageAddress(name, lang, site)
        code = hash_values(hash_page_code(module), _hash_words(lang), [_hash_template(name) for name in templates])
        yield Page(page.file, hash_values(code, shown), partial(_render_page, templates[0], page, describe))


def _render_page(template: str, page: PageAddress, describe: Callable[[PageAddress], Mapping[str, Any]]) -> bytes:
    shown = dict(describe(page))
    return render(template, page.lang, page.name, about=describe_head(page, **shown.pop("about")), **shown)


def render(template: str, lang: str, name: str, **shown: Any) -> bytes:
    """A page as UTF-8.

    `name` is the name of the English page below the shelf's root; `shown` are the template's variables.
    """
    home = "../" * name.count("/")
    root = home if lang == "en" else f"{home}../"
    others = {
        other: root + localise_name(other, name.removesuffix("index.html")) or "./"
        for other in LANGUAGES
        if other != lang
    }
    page = _make_environment(lang).get_template(template)
    text = page.render(lang=lang, root=root or "./", home=home or "./", name=name, others=others, **shown)
    return text.encode("utf-8", "replace")


def render_macro(template: str, lang: str, macro: str, *shown: Any) -> str:
    """The output of one macro of a template, for pages that share a part."""
    part: str = getattr(_make_environment(lang).get_template(template).module, macro)(*shown)
    return part


@cache
def load_words(lang: str) -> gettext.NullTranslations:
    """The translations of a language; English is the language of the templates and has none."""
    path = HERE / "words" / f"{lang}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def stamp_asset(name: str) -> str:
    """The address of an asset below the root, with a stamp that changes with its content, so that no cache is stale."""
    return f"assets/{name}?{_hash_asset(name)[:8]}"


@cache
def _hash_words(lang: str) -> str:
    path = HERE / "words" / f"{lang}.po"
    return hash_values(path.read_text(encoding="utf-8") if path.exists() else "")


@cache
def _hash_template(name: str) -> str:
    """Hash of a template, of those that it extends or imports, and of the assets that it names."""
    source = (HERE / "templates" / name).read_text(encoding="utf-8")
    assets, parts = sorted(set(ASSET.findall(source))), sorted(set(PART.findall(source)))
    return hash_values(source, [_hash_asset(asset) for asset in assets], [_hash_template(part) for part in parts])


@cache
def _hash_asset(name: str) -> str:
    """Hash of an asset, and of the scripts of our own that it loads."""
    files, todo = {}, [HERE / "assets" / name]
    while todo:
        path = todo.pop().resolve()
        if path in files or not path.is_file():
            continue
        files[path] = path.read_bytes()
        if path.suffix == ".js" and path.parent.name != "vendor":
            todo += [path.parent / script for script in SCRIPT.findall(files[path].decode())]
    digest = hashlib.sha256()
    for _, content in sorted(files.items()):
        digest.update(content)
    return digest.hexdigest()


@cache
def _make_environment(lang: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations: Any = environment
    translations.install_gettext_translations(load_words(lang), newstyle=True)
    environment.filters.update(
        day=lambda moment: str(moment or "")[:10], size=_format_size, number=lambda value: f"{value:,}"
    )
    environment.globals.update(policy=POLICY, languages=LANGUAGES, asset=stamp_asset, _=_make_translator(lang))
    return environment


def _make_translator(lang: str) -> Callable[..., Markup]:
    """The function `_` of the templates; it looks each text without values up once, and not on every page."""

    @cache
    def translate(english: str) -> Markup:
        return Markup(load_words(lang).gettext(english)) % {}  # noqa: S704 (words of our own)

    def translate_with_values(english: str, **values: Any) -> Markup:
        return Markup(load_words(lang).gettext(english)) % values if values else translate(english)  # noqa: S704

    return translate_with_values


def _format_size(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1_000:.1f} kB" if count >= 1_000 else f"{count} B"
