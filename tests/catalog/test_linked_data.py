"""What pages say in JSON-LD holds after schema.org's own list of words, and has what search engines for data ask for."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import Any

import pytest
import rdflib
from rdflib import RDF, Graph, Literal, URIRef

from catalog.head import to_script_json
from catalog.linked_data import describe_catalog, describe_dataset, describe_plan
from publish.records import Descriptor, to_record
from tests.publish.releases import HOSTILE, PLAIN, descriptor_of, make_described
from transform.schema import TABLES

# Of the library's own, which says so of a class that it uses itself.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

ROOT = "https://data.example.org/plans/"
VOCABULARY = {"@context": {"@vocab": "https://schema.org/"}}
LINKS = ("license", "url", "contentUrl", "isBasedOn")
DAY = r"\d{4}-\d\d-\d\d"
# What a search engine for datasets asks for, and how each value has to look: a pattern, or the kind of thing it is.
REQUIRED = {"name": r".+", "description": r"[\s\S]{1,5000}"}
RECOMMENDED = {
    "creator": "Organization",
    "publisher": "Organization",
    "distribution": "DataDownload",
    "identifier": r".+",
    "includedInDataCatalog": "DataCatalog",
    "isAccessibleForFree": r"true",
    "keywords": r".+",
    "license": r"https?://.+",
    "temporalCoverage": rf"{DAY}(/{DAY})?",
    "url": r"https://.+/",
    "version": r"\d+\.\d+\.\d+",
    "dateModified": rf"{DAY}T\d\d:\d\d:\d\dZ",
    "inLanguage": r"[a-z]{2}",
    "creditText": r".+ \(\d{4}\)\. .+",
}
DOWNLOAD = {
    "contentUrl": r"https://data\.example\.org/plans/towns/1\.0\.0/\w+\.(csv|parquet)",
    "encodingFormat": r"text/csv|application/vnd\.apache\.parquet",
    "contentSize": r"\d+ B",
    "sha256": r"[0-9a-f]{64}",
    "name": r"\w+\.(csv|parquet)",
}


@pytest.fixture(scope="module")
def descriptor() -> Descriptor:
    period = {"start": "2021-04-01", "end": "2021-06-30"}
    return to_record(Descriptor, {"temporal": period, **descriptor_of(PLAIN)})


def make_pages(descriptor: Descriptor) -> dict[str, dict[str, Any]]:
    document = {
        "document_id": "towns-2021",
        "plan_title": HOSTILE,
        "title": None,
        "language": "en",
        "url": "https://example.org/计划 1",
    }
    return {
        "home": describe_catalog([descriptor], ROOT),
        "dataset": describe_dataset(descriptor, ROOT, None),
        "version": describe_dataset(descriptor, ROOT, descriptor.version),
        "plan": describe_plan(descriptor, document, "towns/plans/towns-2021/1.0.0.html", ROOT),
    }


def graph_of(page: dict[str, Any]) -> Graph:
    """The page as a graph; the words of schema.org are taken from here, nothing is fetched."""
    assert page["@context"] == "https://schema.org/"
    return Graph().parse(data=json.dumps({**page, **VOCABULARY}), format="json-ld", base=ROOT)


def check_values(graph: Graph, node: Any, patterns: dict[str, str]) -> None:
    for name, pattern in patterns.items():
        values = list(graph.objects(node, rdflib.SDO[name]))
        assert values, name
        for value in values:
            if isinstance(value, Literal) or name in LINKS:
                assert re.fullmatch(pattern, str(value)), (name, value)
            else:
                assert (value, RDF.type, rdflib.SDO[pattern]) in graph, (name, value)


@pytest.mark.parametrize("page_name", ["home", "dataset", "version", "plan"])
def test_every_word_is_one_of_schema_org(descriptor: Descriptor, page_name: str) -> None:
    graph = graph_of(make_pages(descriptor)[page_name])
    used = {str(term) for term in chain(graph.predicates(), graph.objects(None, RDF.type))}
    words = {term.removeprefix(str(rdflib.SDO)) for term in used - {str(RDF.type)}}
    assert len(words) > 5
    assert all(word in rdflib.SDO for word in words), words
    assert "notAWordOfTheirs" not in rdflib.SDO


@pytest.mark.parametrize("page_name", ["dataset", "version"])
def test_a_dataset_has_all_that_is_asked_of_one(descriptor: Descriptor, page_name: str) -> None:
    page = make_pages(descriptor)[page_name]
    graph, node = graph_of(page), URIRef(page["@id"])
    assert (node, RDF.type, rdflib.SDO.Dataset) in graph
    check_values(graph, node, REQUIRED | RECOMMENDED)
    downloads = list(graph.objects(node, rdflib.SDO.distribution))
    assert len(downloads) == 2 * len(TABLES)
    for download in downloads:
        check_values(graph, download, DOWNLOAD)


@pytest.mark.parametrize("page_name", ["home", "dataset", "version", "plan"])
def test_a_dataset_that_is_only_spoken_of_has_what_must_be(descriptor: Descriptor, page_name: str) -> None:
    graph = graph_of(make_pages(descriptor)[page_name])
    nodes = list(graph.subjects(RDF.type, rdflib.SDO.Dataset))
    assert nodes
    for node in nodes:
        check_values(graph, node, REQUIRED | {name: RECOMMENDED[name] for name in ("creator", "license", "url")})


def test_a_version_is_a_part_of_its_dataset(descriptor: Descriptor) -> None:
    page = make_pages(descriptor)["version"]
    assert page["@id"] == f"{ROOT}{descriptor.name}/versions/{descriptor.version}/"
    assert page["isPartOf"]["@id"] == f"{ROOT}{descriptor.name}/"
    assert page["datePublished"] == descriptor.created


def test_a_plan_is_based_on_its_article_where_that_can_be_followed(descriptor: Descriptor) -> None:
    document = {"document_id": "d", "plan_title": None, "title": None, "language": "en"}
    followed = describe_plan(descriptor, document | {"url": "https://example.org/计 划"}, "x.html", ROOT)
    assert followed["isBasedOn"] == "https://example.org/%E8%AE%A1%20%E5%88%92"
    assert "isBasedOn" not in describe_plan(descriptor, document | {"url": "javascript:alert(1)"}, "x.html", ROOT)


def test_creators_and_publishers_are_those_of_their_roles() -> None:
    people = [
        {"title": "A", "roles": ["author"], "path": "https://a.example"},
        {"title": "P", "roles": ["publisher"], "path": "javascript:alert(1)"},
    ]
    page = describe_dataset(make_described(contributors=people), ROOT, None)
    assert page["creator"] == [{"@type": "Organization", "name": "A", "url": "https://a.example"}]
    assert page["publisher"] == {"@type": "Organization", "name": "P"}


def test_a_descriptor_that_tells_little_is_enough() -> None:
    page = describe_dataset(make_described(), "./", "1.0.0")
    assert page["description"] == "Towns"
    assert None not in page.values()
    assert "distribution" not in page


@pytest.mark.parametrize("text", [HOSTILE, "</script>", "<!--<script>", "]]>", "\u2028\u2029", "&lt;", "\ud800"])
def test_no_text_ends_the_element_that_it_stands_in(text: str) -> None:
    written = str(to_script_json({"name": text}))
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {"name": text}
