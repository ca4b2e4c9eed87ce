from __future__ import annotations

import pytest

from extract.citations import collect_citations, find_named_documents
from extract.lexicon import LEXICONS
from extract.reading import read


def list_citations(text: str, language: str = "en", title: str | None = None) -> list[tuple[str, str | None]]:
    named = find_named_documents(read(text.encode(), "text/plain").blocks, LEXICONS[language])
    return [(citation.title, citation.years) for citation in collect_citations(named, title)]


@pytest.mark.parametrize(
    ("text", "language", "documents"),
    [
        ("It implements the Coastal Development Plan.", "en", [("Coastal Development Plan", None)]),
        (
            "the Clean Water Act and Action Plan on Harbours (2018–2022)",
            "en",
            [("Clean Water Act", None), ("Action Plan on Harbours", "2018-2022")],
        ),
        (
            "the Guiding Opinions of the Central Office and the State Council on Building Towns, Towns Development Plan",
            "en",
            [
                ("Guiding Opinions of the Central Office and the State Council on Building Towns", None),
                ("Towns Development Plan", None),
            ],
        ),
        ('Among the "3+5" Series Cooperation Agreement signed', "en", [('"3+5" Series Cooperation Agreement', None)]),
        ("According to the Plan, the towns plan to plan.", "en", []),
        ("Our Privacy Statement", "en", []),
        (
            "落实《湖区发展规划纲要》和《行动计划（2018—2022年）》",
            "zh",
            [("湖区发展规划纲要", None), ("行动计划", "2018-2022")],
        ),
    ],
)
def test_documents_are_found_by_name(text: str, language: str, documents: list[tuple[str, str | None]]) -> None:
    assert list_citations(text, language) == documents


def test_the_plan_itself_is_not_cited() -> None:
    assert list_citations("the Joint Plan on Towns (hereinafter the Plan) follows the Joint Plan on Roads") == [
        ("Joint Plan on Roads", None)
    ]
    assert list_citations("the Joint Plan on Towns", title="Joint Plan on Towns to be carried out") == []


def test_a_document_named_twice_is_cited_once_with_its_years() -> None:
    assert list_citations("the Harbour Action Plan and later the Harbour Action Plan (2020-2022)") == [
        ("Harbour Action Plan", "2020-2022")
    ]
