from __future__ import annotations

import pytest

from pipeline.assess.rules import RULES, Evidence, judge

PAGE = Evidence(answer_kind="page", status=200, problem="", found_count=7)

CASES: list[tuple[Evidence, str, str]] = [
    (Evidence("robots", None, "robots.txt forbids it"), "blocked", "robots.txt forbids it"),
    (Evidence("status", 403, "answered 403"), "blocked", "answered 403"),
    (Evidence("status", 410, "answered 410"), "gone", "answered 410"),
    (Evidence("status", 418, "answered 418"), "failed", "answered 418"),
    (Evidence("unreachable", None, "there is no network"), "failed", "there is no network"),
    (Evidence("page", 200, "", found_count=7, is_cut=True), "failed", "seems to have broken off"),
    (Evidence("page", 200, "", found_count=0, wall="Log in to read"), "blocked", "“Log in to read”"),
    (Evidence("page", 200, "", found_count=0, failure="too large"), "broken", "that cannot be read: too large"),
    (Evidence("page", 200, "", found_count=0), "broken", "nothing that was looked for"),
    (Evidence("not modified", 304, "", same_bytes=True, found_count=0), "broken", "nothing that was looked for"),
    (Evidence("page", 200, "", found_count=0, expected=False, same_article=False), "content", "the text changed"),
    (
        Evidence("page", 200, "", found_count=9, same_article=False, kept=0.05),
        "broken",
        "another plan stands there now (9",
    ),
    (Evidence("page", 200, "", found_count=9, same_article=False, kept=0.5), "content", "the text changed"),
    (
        Evidence("page", 200, "", found_count=7, moved_to="https://b.example/", same_article=False),
        "moved",
        "https://b.example/",
    ),
    (
        Evidence("page", 200, "", found_count=7, wall="We use cookies", same_article=True),
        "furniture",
        "around the article",
    ),
    (Evidence("not modified", 304, "", same_bytes=True, found_count=7), "unchanged", "the server says"),
    (Evidence("page", 200, "", same_bytes=True, found_count=7), "unchanged", "the same bytes"),
    (PAGE, "content", "the first look"),
]


@pytest.mark.parametrize(("evidence", "outcome", "why"), CASES)
def test_each_check_comes_to_one_outcome_with_its_reason(evidence: Evidence, outcome: str, why: str) -> None:
    told = judge(evidence)
    assert told[0] == outcome
    assert why in told[1]


def test_no_rule_is_there_for_nothing() -> None:
    deciding = [next(rule for rule in RULES if rule.applies(evidence)) for evidence, _, _ in CASES]
    assert set(map(id, deciding)) == set(map(id, RULES))
