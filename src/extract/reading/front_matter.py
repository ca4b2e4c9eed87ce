"""Front matter in, what it states out: the lines between `---` at the beginning of a text, which are YAML.

Files bend YAML's rules. Where a library cannot read it, the single lines are read as they stand.
"""

from __future__ import annotations

import re

import yaml

# Our names for what front matter states, and its keys, the most reliable one first. Keys are compared in lower case.
KEYS = {
    "title": ("title", "标题"),
    "published": (
        "published_time",
        "published",
        "pubdate",
        "publish_date",
        "publishdate",
        "date_published",
        "datepublished",
        "release_date",
        "date",
        "发布日期",
    ),
}
# Length in characters up to which front matter is read.
LONGEST = 4_000
FRONT_MATTER = re.compile(rf"\ufeff?\s*---[ \t]*\n(.{{0,{LONGEST}}}?)\n---[ \t]*(?:\n|$)", re.DOTALL)
KEY = re.compile(r"\s*[\w-]+\s*:")
LINE = re.compile(r"(?m)^([\w-]{1,40})[ \t]*:[ \t]*[\"']?(.+?)[\"']?[ \t]*$")
# Spaces and joiners that show nothing, as word processors leave them in titles.
INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u206f\ufeff]")


def split_front_matter(text: str) -> tuple[str, dict[str, str]]:
    """The text after its front matter, and what the front matter states (`KEYS`); all of the text if it has none."""
    match = FRONT_MATTER.match(text)
    if not match or not KEY.match(match[1]):
        return text, {}
    stated = _read_scalars(match[1])
    values = {ours: next((stated[key] for key in keys if stated.get(key)), "") for ours, keys in KEYS.items()}
    return text[match.end() :], {ours: value for ours, value in values.items() if value}


def _read_scalars(front: str) -> dict[str, str]:
    """The single values of front matter by their key in lower case, each on one line."""
    try:
        tree = yaml.load(front, Loader=yaml.BaseLoader)  # noqa: S506 (it makes strings, lists and mappings only)
    except (yaml.YAMLError, ValueError, RecursionError):
        tree = None
    pairs = tree.items() if isinstance(tree, dict) else LINE.findall(front)
    return {
        str(key).strip().lower(): " ".join(INVISIBLE.sub("", value).split())
        for key, value in pairs
        if isinstance(key, str) and isinstance(value, str)
    }
