"""What came of a check: the rules, as a table. Evidence in, one outcome and its reason out. Pure.

The first rule that applies decides. So what keeps a plan from being read comes before what has changed about it, and
a page that moved is said to have moved whatever else changed with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collect.archive import Outcome
from collect.transfer import AnswerKind

# The share of the shorter plan's tasks in the other below which what stands there is taken for another plan.
LEAST_KEPT = 0.1
# Statuses by which a server says that it does not let us in, and that there is nothing any more.
NO_ENTRY = frozenset([401, 402, 403, 407, 451])
NO_PAGE = frozenset([404, 410])

GOOD: frozenset[Outcome] = frozenset(["unchanged", "furniture", "content", "moved"])
BROKEN: frozenset[Outcome] = frozenset(["gone", "blocked", "broken"])


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known after a check.

    came, status, trouble: how the answer came out (see `fetch.Answer`). same_bytes: it brought or confirmed the newest
    capture. moved_to: where the page now is, by redirects for good or by its own word, None where it is where it was.
    same_article: the capture says the same as the last good one, its furniture apart (None where there is none).
    found: what was found in it (tasks, or articles). kept: how much of the last good one's plan it is, from 0 to 1.
    wall: the words by which a short page lets nobody by. expected: whether there has to be something to find.
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

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it although there has to be."""
        return self.expected and not self.found_count

    @property
    def has_page(self) -> bool:
        """Whether there is a page to look at."""
        return self.answer_kind in ("page", "not modified")


@dataclass(frozen=True, slots=True)
class Rule:
    """An outcome, the evidence that it needs, and the reason as it is put on record (with the evidence filled in)."""

    outcome: Outcome
    applies: Callable[[Evidence], bool]
    reason: str


RULES = (
    # A site's rules and an answer of "no entry" are decisions of its owner; asking again will not change them.
    Rule("blocked", lambda e: e.answer_kind in ("robots", "removed"), "{e.problem}"),
    Rule("blocked", lambda e: e.answer_kind == "status" and e.status in NO_ENTRY, "{e.problem}"),
    # The server knows the address and says that nothing is there.
    Rule("gone", lambda e: e.answer_kind == "status" and e.status in NO_PAGE, "{e.problem}"),
    # Whatever else kept the page from coming may pass by itself.
    Rule("failed", lambda e: not e.has_page, "{e.problem}"),
    # A page came, and it is a gate: it asks for a proof, a consent or a password, and holds no plan.
    Rule("blocked", lambda e: e.is_empty and e.wall is not None, "a page came that lets nobody by: “{e.wall}”"),
    # A page came, and what was expected is not in it: rebuilt, replaced, or emptied.
    Rule("broken", lambda e: e.is_empty, "a page came, and nothing that was looked for is in it"),
    # A plan came, and hardly a task of it is one of those before: the address serves something else now.
    Rule(
        "broken",
        lambda e: e.kept is not None and e.kept < LEAST_KEPT,
        "another plan stands there now ({e.found_count} found, hardly any of those before)",
    ),
    # The page says for good that it is elsewhere: worth writing down before the old address stops leading there.
    Rule("moved", lambda e: e.moved_to is not None, "it is now at {e.moved_to}"),
    # Not one byte differs, by the server's word or by comparison.
    Rule("unchanged", lambda e: e.answer_kind == "not modified", "the server says that it has not changed"),
    Rule("unchanged", lambda e: e.same_bytes, "the same bytes as before"),
    # Bytes differ, and the article's words do not: adverts, counters, tokens, menus.
    Rule("furniture", lambda e: e.same_article is True, "only what stands around the article changed"),
    # The words changed, or are the first ever.
    Rule("content", lambda e: e.same_article is False, "the text changed"),
    Rule("content", lambda _: True, "the first look at it"),
)


def judge(evidence: Evidence) -> tuple[Outcome, str]:
    """The outcome, and why."""
    rule = next(rule for rule in RULES if rule.applies(evidence))
    return rule.outcome, rule.reason.format(e=evidence)
