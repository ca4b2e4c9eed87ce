"""The pages of a dataset: its tasks, pictures, versions, a comparison, its dictionary, its sources; each version's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from catalog import changes
from catalog.bundle import bundle
from catalog.comparison import comparing
from catalog.dictionary import dictionary
from catalog.feed import atom, entry_of, publisher_in
from catalog.figures import figures
from catalog.head import Named, picture_of, root_from
from catalog.linked import dataset_page, script_json
from catalog.pages import LANGUAGES, Page, key_of, made_with, name_in
from catalog.preview import counted, preview_page
from catalog.render import render
from catalog.rows import first_rows
from catalog.snippets import IN_CHECKOUT, snippets
from catalog.view import Holding, area_and_task_counts
from publish.licences import licence_of
from publish.listing import Entry, as_json, files_of
from transform.schema import TABLES

Shown = Mapping[str, Any]


def dataset_pages(holding: Holding) -> Iterator[Page]:
    """All pages of a dataset but those of its documents. Their names are those below the shelf's root."""
    one = holding.dataset_id
    now = key_of(made_with(), holding.site, holding.entries)
    sources = key_of(now, [{**row, **_days(row)} for row in holding.sources])
    pages: dict[str, tuple[str, Callable[[Holding, str, Named], bytes]]] = {
        "index.html": (sources, _tasks),
        "versions.html": (now, _versions),
        "sources.html": (sources, _sources),
        "compare.html": (now, _compare),
    }
    if holding.latest:
        pages |= {"pictures.html": (now, _pictures), "dictionary.html": (now, _dictionary)}
    for lang in LANGUAGES:
        for file, (key, make) in pages.items():
            yield Page(name_in(lang, f"{one}/{file}"), key, partial(make, holding, lang, _named(holding, file)))
        for entry in holding.entries:
            file = f"versions/{entry['version']}/index.html"
            key = key_of(made_with(), holding.site, holding.title, bool(holding.latest), entry)
            make_one = partial(_version, holding, lang, _named(holding, file), entry)
            yield Page(name_in(lang, f"{one}/{file}"), key, make_one)
    yield Page(f"{one}/feed.xml", now, partial(_feed, holding))
    memory = key_of(holding.editions.as_document())
    yield Page(f"{one}/plans/editions.json", memory, lambda: as_json(holding.editions.as_document()))
    if holding.site:
        yield _preview(holding)
    for entry in holding.entries:
        if not entry["withdrawn"]:
            yield _zip(holding, entry)


def _preview(holding: Holding) -> Page:
    """The dataset's picture: its newest version in numbers, its title alone where all are withdrawn."""
    one = holding.dataset_id
    entry = next((each for each in holding.entries if each["version"] == holding.latest), None)
    facts = [("version", entry["version"]), *counted([entry])] if entry else []
    return preview_page(picture_of(f"{one}/"), holding.title, one, facts)


def zip_name(dataset_id: str, version: str) -> str:
    """The name of the file that holds a whole version, below the dataset's folder."""
    return f"versions/{version}/{dataset_id}-{version}.zip"


def _zip(holding: Holding, entry: Entry) -> Page:
    version, names = entry["version"], sorted(files_of(entry))
    return Page(
        f"{holding.dataset_id}/{zip_name(holding.dataset_id, version)}",
        key_of("zip", entry["files"]),
        partial(bundle, holding.place, holding.dataset_id, version, names, entry["published_at"]),
    )


def _named(holding: Holding, file: str) -> Named:
    feed = (holding.title, f"{holding.dataset_id}/feed.xml")
    description = str(holding.said.get("description") or holding.title)
    return Named(f"{holding.dataset_id}/{file}", holding.title, description, (feed,))


def _page(holding: Holding, lang: str, about: Named, template: str, **shown: Any) -> bytes:
    linked = shown.pop("linked", None)
    return render(
        template,
        lang,
        about.name,
        about=about.head(lang, holding.site, linked),
        dataset={"id": holding.dataset_id, "title": holding.title},
        version=shown.pop("version", holding.latest),
        **shown,
    )


def _ways(about: Named, lang: str, holding: Holding) -> str:
    """The relative way from a page to the dataset's folder, where the data are."""
    return f"{'../' * name_in(lang, about.name).count('/')}{holding.dataset_id}/"


def _tasks(holding: Holding, lang: str, about: Named) -> bytes:
    entry = next((one for one in holding.entries if one["version"] == holding.latest), None)
    shown = _release(holding, lang, about, entry) if entry else {"entry": None}
    linked = dataset_page(holding.said, root_from(name_in(lang, about.name), holding.site), None) if entry else None
    stale = [row for row in holding.sources if row.get("stale")]
    return _page(
        holding,
        lang,
        about,
        "dataset.html",
        **shown,
        said=holding.said,
        sources=holding.sources,
        stale=stale,
        linked=linked and script_json(linked),
        last_good=max((row["last_good"] or "" for row in holding.sources), default=""),
    )


def _release(holding: Holding, lang: str, about: Named, entry: Entry) -> dict[str, Any]:
    """What the page of a dataset and that of a version both show of a version."""
    version = entry["version"]
    said = holding.descriptor(version)
    ways = _ways(about, lang, holding)
    tables = holding.tables(version)
    up = about.name.count("/") - 1
    return {
        "entry": entry,
        "numbers": area_and_task_counts(entry),
        "data": f"{ways}{version}/",
        "downloads": _downloads(entry),
        "zip": _zip_shown(holding, version, ways),
        "licence": licence_of(said["licenses"][0]["name"]) if said.get("licenses") else None,
        "contributors": said.get("contributors", []),
        "citation": _citation(holding, version),
        "view": {
            "data": f"{ways}{version}/",
            "plans": f"{'../' * up}plans/",
            "editions": f"{ways}plans/editions.json",
            "version": version,
            "rows": holding.once(
                "rows", version, lambda: first_rows(tables, partial(holding.edition, version=version))
            ),
            "total": tables["tasks"].num_rows,
            "dataset": holding.dataset_id,
            "file": f"{holding.dataset_id}-{version}-selection.csv",
        },
    }


def _zip_shown(holding: Holding, version: str, ways: str) -> dict[str, Any]:
    return {"href": ways + zip_name(holding.dataset_id, version)}


def _downloads(entry: Entry) -> list[dict[str, Any]]:
    """Each table with its two files, and then all other files."""
    files = files_of(entry)
    rows = entry.get("rows") or {}
    tables = [
        {
            "name": name,
            "rows": rows[name],
            "files": [
                {"name": file, "size": files[file][0], "sha256": files[file][1]}
                for file in (f"{name}.csv", f"{name}.parquet")
                if file in files
            ],
        }
        for name in TABLES
        if name in rows
    ]
    told = {file["name"] for table in tables for file in table["files"]}
    rest = [
        {"name": name, "size": size, "sha256": digest} for name, (size, digest) in files.items() if name not in told
    ]
    return [*tables, {"name": "", "rows": None, "files": rest}]


def _citation(holding: Holding, version: str) -> str:
    """How to cite a version, from what it says of itself."""
    said = holding.descriptor(version)
    names = [one["title"] for one in said.get("contributors", [])]
    year = str(said["created"])[:4]
    where = f" {holding.site.rstrip('/')}/{holding.dataset_id}/versions/{version}/" if holding.site else ""
    return f"{'; '.join(names)} ({year}). {said['title']}, version {version}. Data set.{where}"


def _version(holding: Holding, lang: str, about: Named, entry: Entry) -> bytes:
    if entry["withdrawn"]:
        return _page(holding, lang, about, "withdrawn.html", entry=entry)
    version = entry["version"]
    groups = holding.once("groups", version, lambda: changes.groups(holding.tables(version)["changes"]))
    linked = dataset_page(holding.descriptor(version), root_from(name_in(lang, about.name), holding.site), version)
    shown = _release(holding, lang, about, entry)
    return _page(
        holding,
        lang,
        about,
        "version.html",
        **{**shown, "version": version},
        groups=groups,
        link_of=partial(_mark_of, holding, version),
        linked=script_json(linked),
        said=holding.descriptor(version),
    )


def _mark_of(holding: Holding, version: str, change: changes.Altered) -> str | None:
    """The address, below the documents' folder, of the mark of a row that is in a version."""
    try:
        edition = holding.editions.at(change.document_id, version)
    except KeyError:
        return None
    return f"{change.document_id}/{edition}.html#{change.row_id.partition('/')[2]}"


def _versions(holding: Holding, lang: str, about: Named) -> bytes:
    return _page(holding, lang, about, "versions.html", entries=holding.entries, numbers=area_and_task_counts)


def _sources(holding: Holding, lang: str, about: Named) -> bytes:
    return _page(holding, lang, about, "sources.html", sources=holding.sources)


def _compare(holding: Holding, lang: str, about: Named) -> bytes:
    ways = _ways(about, lang, holding)
    versions = [
        {
            "number": one["version"],
            "date": str(one["published_at"])[:10],
            "summary": one["summary"],
            "data": f"{ways}{one['version']}/",
        }
        for one in holding.entries
        if not one["withdrawn"]
    ]
    return _page(holding, lang, about, "compare.html", versions=versions, comparing=comparing(lang))


def _pictures(holding: Holding, lang: str, about: Named) -> bytes:
    latest = holding.latest
    assert latest is not None  # noqa: S101 (there is no such page without)
    shown = holding.once("figures", latest, lambda: figures(holding.tables(latest), holding.entries))
    return _page(holding, lang, about, "pictures.html", figures=shown)


def _dictionary(holding: Holding, lang: str, about: Named) -> bytes:
    assert holding.latest is not None  # noqa: S101 (there is no such page without)
    shown = dictionary(holding.tables(holding.latest))
    ways = snippets(holding.dataset_id, holding.latest, holding.site)
    path = None if holding.site else IN_CHECKOUT
    return _page(holding, lang, about, "dictionary.html", **shown, snippets=ways, path=path)


def _feed(holding: Holding) -> bytes:
    author = publisher_in(holding.said)
    entries = [entry_of(holding.dataset_id, holding.title, one, author) for one in holding.entries]
    return atom(entries, site=holding.site, dataset_id=holding.dataset_id, title=holding.title)


def _days(row: Shown) -> dict[str, str]:
    """When a source was looked at, by the day, so that a page does not change with every run."""
    return {
        name: str(row.get(name) or "")[:10] for name in ("last_checked", "last_changed", "last_good", "captured_at")
    }
