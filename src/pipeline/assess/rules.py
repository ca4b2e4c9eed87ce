"""The outcome of a check, by a table of rules: evidence in, one outcome and its reason out. Pure.

The first rule that applies decides. So rules on what keeps a plan from being read come before rules on what changed,
and a page that moved has the outcome "moved" whatever else changed with it. Reasons are put on record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collect.archive import AnswerKind, Outcome

# Below this share of the last good plan's tasks (of the shorter plan), the page is taken to hold another plan.
LEAST_KEPT = 0.1

GOOD: frozenset[Outcome] = frozenset(["unchanged", "furniture", "content", "moved"])
BROKEN: frozenset[Outcome] = frozenset(["gone", "blocked", "broken"])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a check showed.

    answer_kind, status, problem: the answer (see `fetch.Answer`). same_bytes: it brought or confirmed the newest
    capture. moved_to: the page's new address, by permanent redirects or as it states itself; None if there is none.
    same_article: the capture differs from the last good one in boilerplate only; None without a good one.
    found_count: the number of tasks, or articles, in it. kept: the share of the last good plan's tasks in it, from 0
    to 1. wall: the words with which a short page asks for a login, a proof or consent. expected: whether something has
    to be found. canonical: the address that the page states as its own. failure: why the capture cannot be read.
    is_cut: only the close of the connection said where the body ends, and the end of the markup is missing, which the
    last good capture has.
    """

    answer_kind: AnswerKind
    status: int | None
    problem: str
    same_bytes: bool = False
    moved_to: str | None = None
    same_article: bool | None = None
    found_count: int | None = None
    kept: float | None = None
    wall: str | None = None
    expected: bool = True
    canonical: str | None = None
    failure: str | None = None
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found although something has to be."""
        return self.expected and not self.found_count

    @property
    def has_page(self) -> bool:
        """Whether there is a page to read."""
        return self.answer_kind in ("page", "not modified")


@dataclass(frozen=True, slots=True)
class Rule:
    """An outcome, the evidence for which it applies, and its reason, into which the evidence is filled."""

    outcome: Outcome
    applies: Callable[[Evidence], bool]
    reason: str


RULES = (
    # A site's rules and an answer of "no entry" are decisions of its owner; a retry would not change them.
    Rule("blocked", lambda e: e.answer_kind in ("robots", "removed"), "{e.problem}"),
    Rule("blocked", lambda e: e.answer_kind == "status" and e.status in (401, 402, 403, 407, 451), "{e.problem}"),
    # The server says that there is no page at this address.
    Rule("gone", lambda e: e.answer_kind == "status" and e.status in (404, 410), "{e.problem}"),
    # All other reasons why no page came may pass by themselves.
    Rule("failed", lambda e: not e.has_page, "{e.problem}"),
    # The connection may have closed too early, and nothing else says so than what is missing.
    Rule("failed", lambda e: e.is_cut, "the page seems to have broken off: its end is missing (</body>, </html>)"),
    # A page came that asks for a proof, consent or a password, and holds no plan.
    Rule("blocked", lambda e: e.is_empty and e.wall is not None, "a page came that lets nobody by: “{e.wall}”"),
    # A page came that cannot be read: a limit was reached, or this program failed.
    Rule("broken", lambda e: e.failure is not None, "a page came that cannot be read: {e.failure}"),
    # A page came without what is expected: it was rebuilt, replaced or emptied.
    Rule("broken", lambda e: e.is_empty, "a page came, and nothing that was looked for is in it"),
    # A plan came with hardly a task of the one before: the address serves something else now.
    Rule(
        "broken",
        lambda e: e.kept is not None and e.kept < LEAST_KEPT,
        "another plan stands there now ({e.found_count} found, hardly any of those before)",
    ),
    # The page has moved for good: the new address should be written down while the old one still leads there.
    Rule("moved", lambda e: e.moved_to is not None, "it is now at {e.moved_to}"),
    # Not one byte differs, as the server says or by comparison.
    Rule("unchanged", lambda e: e.answer_kind == "not modified", "the server says that it has not changed"),
    Rule("unchanged", lambda e: e.same_bytes, "the same bytes as before"),
    # Bytes differ, but not the article's words: adverts, counters, tokens, menus.
    Rule("furniture", lambda e: e.same_article is True, "only what stands around the article changed"),
    # The words changed, or this is the first check.
    Rule("content", lambda e: e.same_article is False, "the text changed"),
    Rule("content", lambda _: True, "the first look at it"),
)


def judge(evidence: Evidence) -> tuple[Outcome, str]:
    """The outcome of a check, and the reason."""
    rule = next(rule for rule in RULES if rule.applies(evidence))
    return rule.outcome, rule.reason.format(e=evidence)
