"""English."""

from __future__ import annotations

import re

from extract.lexicon.rows import AREAS, LEAD, SUPPORT, TASKS, AssignmentStyle, DateStyle, Lexicon, NameGrammar, Unit
from extract.numerals import ENGLISH_WORD

NUMBER = rf"(?P<n>\d{{1,3}}|{ENGLISH_WORD})"
# Words that may stand between a number and its noun: not those that begin another phrase.
MODIFIERS = r"(?P<modifiers>(?:(?!(?:of|in|on|to|for|and|or|the|an?|with|by|from|at|as|is|are|was|were|will|that|which|per|years?|months?|days?|percent)\b)[A-Za-z][\w-]*\s+){0,3})"
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
MONTH = rf"(?P<m>{'|'.join(f'{name[:3]}(?:{name[3:]})?' if len(name) > 3 else name for name in MONTHS)}|sept)\.?"

UNITS = (
    Unit("task", TASKS),
    Unit("action", TASKS),
    Unit("measure", TASKS),
    Unit("recommendation", TASKS),
    Unit("area", AREAS),
    Unit("field", AREAS),
    Unit("aspect", AREAS),
    Unit("pillar", AREAS),
)

BODY_KINDS = {
    "office": "office",
    "secretariat": "office",
    "headquarters": "office",
    "team": "team",
    "task force": "team",
    "working group": "team",
    "committee": "organisation",
    "commission": "organisation",
    "council": "organisation",
    "board": "organisation",
    "agency": "organisation",
    "authority": "organisation",
    "bureau": "organisation",
    "department": "organisation",
    "ministry": "organisation",
}
BODY_NOUN = "|".join(sorted(BODY_KINDS, key=len, reverse=True))

# A document's name is a run of capitalised words, joined by small connecting words, whose head is one of these.
DOCUMENT_HEADS = (
    "Plan|Plans|Opinions?|Agreements?|Programmes?|Programs?|Guidelines?|Guidance|Outlines?|Regulations?|Measures|Decision|Notice|Law|Act|Charter|Treaty|"
    "Convention|Protocol|Directive|Roadmap|Blueprint|White Paper|Memorandum|Declaration|Communiqu[eé]"
)
CAPITALISED = r"(?:[A-Z][\w’'`-]*|[\"“][\w+][^\"“”]{0,30}[\"”]|\d{4}-\d{4}|&)"
CONNECTING = r"(?:of|the|on|for|to|and|in|with|by|a|an|at|from|into|under|between)"
DOCUMENT_NAME = rf"(?P<name>{CAPITALISED}(?:\s+(?:{CONNECTING}\s+){{0,3}}{CAPITALISED})*)(?:\s*\((?P<years>\d{{4}}\s*[-–—]\s*\d{{4}})\))?"

NAME = r"[A-Z][\w-]*(?:\s+(?:of\s+)?[A-Z][\w-]*)*"

LEXICON = Lexicon(
    language="en",
    count=re.compile(
        rf"\b{NUMBER}\s+{MODIFIERS}(?P<noun>(?:{'|'.join(unit.noun for unit in UNITS)})s)\b", re.IGNORECASE
    ),
    units=UNITS,
    listed=re.compile(
        rf"\b{NUMBER}\s+{MODIFIERS}(?P<noun>[a-z]+s)\s*(?:,\s*|\s)(?P<how>namely|including|that is|i\.e\.|such as|comprising|consisting of)\b[,:]?\s*(?P<list>[^.;:!?]+)",
        re.IGNORECASE,
    ),
    exhaustive=re.compile(r"namely|that is|i\.e\.|comprising|consisting of", re.IGNORECASE),
    separators=re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*;\s*"),
    singular=((r"ies$", "y"), (r"(ss|sh|ch|x)es$", r"\1"), (r"s$", "")),
    bylines=(
        re.compile(r"By:?\s+(?P<name>[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*){0,4})\s*(?:[|,–—/].{0,80})?"),
        re.compile(
            r"(?:Author|Reporter|Written by):?\s+(?P<name>[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*){0,4})\s*(?:[|,–—/].{0,80})?"
        ),
    ),
    credits=(re.compile(r"\(?Source:\s*(?P<name>[^|()]{2,80}?)\s*\)?"),),
    card={
        "title": re.compile(r"\**title\**\s*:\**\s*[\"']?(?P<value>.*?)[\"']?", re.IGNORECASE),
        "published": re.compile(
            r"\**(?:last updated|published(?: on)?|publication date|date)\**\s*:?\**\s*(?P<value>.*\d{4}.*)",
            re.IGNORECASE,
        ),
        "signed": re.compile(r"\**(?:signed(?: on)?|issued(?: on)?)\**\s*:\**\s*(?P<value>.*)", re.IGNORECASE),
        "issuers": re.compile(r"\**(?:issued by|issuing (?:body|authority))\**\s*:?\**\s*(?P<value>.*)", re.IGNORECASE),
        "number": re.compile(
            r"\**(?:document (?:no\.?|number)|reference(?: no\.?| number))\**\s*:\**\s*(?P<value>.*)", re.IGNORECASE
        ),
    },
    dates=(
        DateStyle(re.compile(rf"\b{MONTH}\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<y>\d{{4}})\b", re.IGNORECASE)),
        DateStyle(re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+{MONTH}\s*,?\s*(?P<y>\d{{4}})\b", re.IGNORECASE)),
        DateStyle(re.compile(r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?!\d)")),
    ),
    months={name[:3]: number for number, name in enumerate(MONTHS, 1)},
    ends=(
        re.compile(r"related (?:links?|articles?|stories|news|reading)\s*:?", re.IGNORECASE),
        re.compile(
            r"(?:must|also) read\s*:?|read more\s*:?|you may also like\s*:?|most (?:popular|read)\s*:?", re.IGNORECASE
        ),
        re.compile(
            r"(?:share (?:this|on)\b.{0,40}|leave a (?:comment|reply|message)|comments?\s*:?|about us.{0,20})",
            re.IGNORECASE,
        ),
        re.compile(r"(?:©|copyright\b).{0,120}|all rights reserved.{0,60}", re.IGNORECASE),
    ),
    actions=re.compile(
        r"(?:(?:further|jointly|continue to|work (?:together|jointly) to|co-?)\s*)?(?:accelerate|accomplish|achieve|adopt|advance|align|apply|attract|boost|"
        r"bring|build|carry out|clarify|combat|complete|conduct|connect|consolidate|construct|control|cooperate|coordinate|create|cultivate|cut|deepen|"
        r"define|deliver|deploy|design|develop|draft|encourage|enhance|ensure|establish|evaluate|examine|expand|explore|extend|facilitate|form|foster|"
        r"give|guide|identify|implement|improve|increase|innovate|integrate|introduce|invest|issue|keep|launch|lead|maintain|make|manage|modernise|"
        r"modernize|monitor|open|optimise|optimize|organise|organize|prepare|prevent|promote|protect|provide|publish|push|raise|reduce|reform|regulate|"
        r"require|research|resolve|restore|review|revise|safeguard|secure|set up|shift|simplify|speed up|stabilise|stabilize|standardise|standardize|"
        r"step up|streamline|strengthen|strive|study|support|sustain|take|test|train|transform|unify|update|upgrade|use|work)\b",
        re.IGNORECASE,
    ),
    without_tasks=re.compile(
        r"(?:introduction|background|overview|summary|foreword|guiding (?:ideology|principles|thought)|(?:basic|general|overall|main)\s+(?:principles?|requirements?|goals?|objectives?|targets?)"
        r"|principles?|goals?|objectives?|targets?|definitions?|scope|references|appendix|annex)\b[^a-z]*",
        re.IGNORECASE,
    ),
    responsibility=re.compile(
        r"\b(?:responsible (?:party|parties|body|bodies|agency|department)|led by|lead (?:agency|department|body))\b|\bthe (?:secretary|director|administrator)\b.{0,80}\bshall\b",
        re.IGNORECASE,
    ),
    assignments=(
        AssignmentStyle(
            re.compile(r"\bLed by\s+(?:the\s+)?(?P<list>[A-Z][^,.;()]+?)(?=\s+(?:through|with|in)\b|[,.;()]|$)"), LEAD
        ),
        AssignmentStyle(
            re.compile(
                r"\b(?:Lead|Responsible) (?:agency|department|body|party)(?: or party)?:\s*(?P<list>[^.;\n]+)",
                re.IGNORECASE,
            ),
            LEAD,
        ),
        AssignmentStyle(
            re.compile(r"\bSupporting (?:agencies|departments|bodies):\s*(?P<list>[^.;\n]+)", re.IGNORECASE), SUPPORT
        ),
    ),
    first_leads=re.compile(r"\bfirst(?:-| )(?:listed|named)\b.{0,60}\bleads?\b", re.IGNORECASE),
    body_separators=re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+(?=the\s)"),
    nobody=re.compile(r"^(?:the|and)\s+|\s*\betc\.?$|\bother (?:departments|agencies|bodies)$", re.IGNORECASE),
    safeguards=re.compile(
        r"\b(?:safeguards?|organi[sz]ational (?:guarantee|leadership|support)|supporting measures|implementation arrangements)\b",
        re.IGNORECASE,
    ),
    body_kinds=BODY_KINDS,
    founding=re.compile(
        rf"\b(?:set(?:s|ting)? up|establish(?:es|ed|ing)?|form(?:s|ed|ing)?|creat(?:e|es|ed|ing)|found(?:s|ed|ing)?)\s+an?\s+"
        rf"(?P<name>(?:[\w-]+\s+){{0,4}}?(?P<noun>{BODY_NOUN})(?:\s+(?:for|of|on)(?:\s+(?!(?:to|with|which|that|so)\b)[\w-]+){{1,6}}?)?)"
        rf"(?=[,.;:)]|\s+(?:to|with|which|that|so|in|under|consisting|comprising)\b|$)",
        re.IGNORECASE,
    ),
    parties=re.compile(
        rf"\b(?:signed|concluded|agreed(?: upon)?|initialled)\s+(?:jointly\s+)?(?:by|between)\s+(?P<list>{NAME}(?:,\s+{NAME})*,?\s+and\s+{NAME})"
    ),
    document_name=re.compile(DOCUMENT_NAME),
    name_grammar=NameGrammar(
        heads=re.compile(rf"\b(?:{DOCUMENT_HEADS})\b"),
        preposition=re.compile(r"\s(?:of|on|for|to|in|with|by|at|from|under|between|into)\s"),
        opening=re.compile(
            r"^(?:(?:According|Pursuant|Due|Thanks)\s+to|The|An?|Among|Under|In|On|With|By|For|From|Of|And|As|At|This|These|Its|Their|To|After|Since|&)\s+(?:the\s+)?"
        ),
        joint=re.compile(r"\s+and\s+(?:the\s+)?"),
    ),
    own_name=re.compile(
        r"\s*\((?:aka|also known as|here(?:in)?after(?:\s+referred to as)?|referred to as)\s*:?\s*[\"“]?the\s+(?:Plan|Programme|Program|Roadmap|Opinions|Outline|Strategy)\b",
        re.IGNORECASE,
    ),
)
