"""The English lexicon."""

from __future__ import annotations

import re

from extract.lexicon.rows import (
    AREA,
    AREAS,
    BODY,
    DEADLINE,
    LEAD,
    ORDINAL,
    OUTPUT,
    RESPONSIBLE,
    SUPPORT,
    TASK,
    TASKS,
    AssignmentStyle,
    DeadlineStyle,
    Exclusion,
    Lexicon,
    NameGrammar,
    RoleWords,
    compile_all,
    compile_table,
)
from extract.numerals import ENGLISH_WORD

NUMBER = rf"(?P<n>\d{{1,3}}|{ENGLISH_WORD})"
# Up to three words between a number and its noun, none of which begins another phrase.
MODIFIERS = r"(?P<modifiers>(?:(?!(?:of|in|on|to|for|and|or|the|an?|with|by|from|at|as|is|are|was|were|will|that|which|per|years?|months?|days?|percent)\b)[A-Za-z][\w-]*\s+){0,3})"
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MONTH = rf"(?P<m>{'|'.join(f'{name[:3]}(?:{name[3:]})?' if len(name) > 3 else name for name in MONTHS)}|sept)\.?"

ANY_MONTH = MONTH.replace("?P<m>", "?:")
# The name of a month, written with a capital letter.
ANY_MONTH_NAME = rf"(?:{'|'.join(name.capitalize() for name in MONTHS)})"
# What makes a day a deadline; a day with its year; a fiscal year; and parts of a year.
UNTIL = (
    r"(?:by|before|no later than|not later than|on or before|until|prior to)\s+(?:the\s+)?"
    r"(?:(?:close of business|midnight|noon|cob)\s+(?:on\s+)?(?:the\s+)?)?"
)
ANY_CASE_UNTIL = f"(?i:{UNTIL})"
DAY_OF_YEAR = rf"\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|{ANY_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\s*,?\s+\d{{4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{ANY_MONTH},?\s+\d{{4}}"
FISCAL_YEAR = r"(?:(?:FY|(?:fiscal|financial)\s+year)\s*\d{2,4}(?:\s*[-/–]\s*\d{2,4})?)"
PART_OF_YEAR = r"(?:Q[1-4]|H[12]|(?:first|second|third|fourth|last|1st|2nd|3rd|4th)\s+(?:quarter|half)|spring|summer|autumn|fall|winter)"
# The words before the last day of a month or year; a part of a year with its year, in either order.
END_OF = r"(?:(?:end|close)(?:\s+of|\s*-)?\s*(?:the\s+)?)"
QUARTER_OF_YEAR = rf"(?:{PART_OF_YEAR}\s*,?\s*(?:of\s+)?(?:the\s+)?(?:{FISCAL_YEAR}|(?:calendar year\s+)?\d{{4}}(?:[/–-]\d{{2}}(?!\d))?)|{FISCAL_YEAR}\s*,?\s*Q[1-4]|\d{{4}}\s+Q[1-4])"
# A number of days or months, in digits, in words, or in both.
PERIOD = rf"(?:\d{{1,3}}|{ENGLISH_WORD}|(?:[a-z]+[ -]){{1,6}}\(\d{{1,3}}\))(?:\s+\(\d{{1,3}}\))?[\s-]+(?:calendar\s+|working\s+|business\s+)?(?:days?|weeks?|months?|years?)"
# Verbs of targets, which no task is done by: what they state has a year, but no deadline.
TARGET_VERBS = "increase|reduce|double|triple|halve|grow|reach|cut|raise|achieve|lower|attain|eliminate|end"

UNITS = {
    **dict.fromkeys(("task", "action", "measure", "recommendation"), TASKS),
    **dict.fromkeys(("area", "field", "aspect", "pillar"), AREAS),
}
BODY_KINDS = {
    **dict.fromkeys(("office", "secretariat", "headquarters"), "office"),
    **dict.fromkeys(("team", "task force", "working group"), "team"),
    **dict.fromkeys(("committee", "commission", "council", "board", "agency", "authority"), "organisation"),
    **dict.fromkeys(("bureau", "department", "ministry"), "organisation"),
}
BODY_NOUN = "|".join(sorted(BODY_KINDS, key=len, reverse=True))

# Nouns for kinds of documents. A document's name is a run of capitalised words, joined by connecting words, with one of
# these nouns in its head.
DOCUMENT_HEADS = (
    "Plan|Plans|Opinions?|Agreements?|Programmes?|Programs?|Guidelines?|Guidance|Outlines?|Regulations?|Measures|Decision|Notice|Law|Act|Charter|Treaty|"
    "Convention|Protocol|Directive|Roadmap|Blueprint|White Paper|Memorandum|Declaration|Communiqu[eé]"
)
CAPITALISED = r"(?:[A-Z][\w’'`-]*|[\"“][\w+][^\"“”]{0,30}[\"”]|\d{4}-\d{4}|&)"
CONNECTING = r"(?:of|the|on|for|to|and|in|with|by|a|an|at|from|into|under|between)"
DOCUMENT_NAME = rf"(?P<name>{CAPITALISED}(?:\s+(?:{CONNECTING}\s+){{0,3}}{CAPITALISED})*)(?:\s*\((?P<years>\d{{4}}\s*[-–—]\s*\d{{4}})\))?"

NAME = r"[A-Z][\w-]*(?:\s+(?:of\s+)?[A-Z][\w-]*)*"

# A list of bodies up to the end of its line or sentence.
# A semicolon separates bodies where a name follows it, and no field.
LIST = r"[^.;:\n\]|]*+(?:(?:\.(?=[A-Z]\.|\w)|;(?=\s*(?:and\s+)?(?:the\s+)?(?-i:[A-Z])[^.;:\n\]|]{1,90}(?:[.;\n\]|]|\Z)))[^.;:\n\]|]*+)*"
# Nouns for kinds of bodies, of which none is inside the name of another one.
KINDS = (
    "Department|Ministry|Office|Agency|Council|Commission|Board|Bureau|Committee|Authority|Service|Treasury|Police|Institute|University|Secretary|Minister"
    "|School|College|Hospital|Trust|Fund|Bank|Association|Corporation|Foundation|Administration|Directorate|Inspectorate|Secretariat|Court|Parliament|Assembly"
)
# Capitalised words that are not a kind of body, as in "Food and Rural Affairs".
PLAIN_WORD = rf"(?:(?!(?:{KINDS})\b)[A-Z][a-z’'-]++)"
PLAIN_WORDS = rf"{PLAIN_WORD}(?: {PLAIN_WORD})*+"
# What joins the last part of a name that contains a list; behind "and the" several words name another body.
NAME_JOINT = rf",? and (?:the (?!{PLAIN_WORD} [A-Z]))?"
# A body whose name contains a list, such as "Department for Food, Farms and Rural Affairs".
LONG_NAME = (
    r"(?:Ministry|Minister|Department|Secretary|Secretariat|Bureau|Directorate|Committee|Commission|Council|Office|Institute|Board|Agency|Centre|Center)"
    rf" (?:of|for|on) (?:the )?{PLAIN_WORDS}(?:, {PLAIN_WORDS})*+{NAME_JOINT}{PLAIN_WORDS}(?! (?:{KINDS})\b)"
)
# A body by its capitalised words, with its short name in brackets.
NAMED_BODY = r"(?:the )?[A-Z][\w&.’'-]*(?: +(?:(?:of|for|on|to) +(?:the +)?)?(?:[A-Z][\w&’'-]*|\([A-Z][\w&-]{1,11}\)))*"
NAMED_BODIES = rf"{NAMED_BODY}(?:(?:,\s+|,?\s+and\s+)(?:the\s+)?{NAMED_BODY})*"
BODIES_END = r"\s+(?:through|with|in|via|and|to|at|will|shall|must|should)\b|[,.;()\]]|\n|$"
TOGETHER_WITH = "with (?:the )?support (?:from|of)|supported by|working (?:with|alongside)|together with|in (?:coordination|collaboration|partnership|cooperation|consultation|conjunction) with"

# Nouns that end a body's name: an "and" after one of them separates two bodies.
BODY_ENDS = (
    "Authority", "Council", "Agency", "Office", "Commission", "Board", "Bureau", "Institute", "University", "Police", "Trust", "Association",
    "Service", "Corporation", "Committee", "Ministry", "Department", "Fund", "Bank", "Society", "Alliance", "Foundation", "Network",
    "Administration", "Manager", "Team", "Director", "Administrator", "Officer", "Secretary", "Minister", "Group", "Unit", "Guard", "Government",
)  # fmt: skip
# Nouns for things that a plan obliges as if they were bodies ("The Strategy will …").
THINGS = (
    "Plans?|Strateg(?:y|ies)|Programmes?|Programs?|Acts?|Polic(?:y|ies)|Standards?|Systems?|Portals?|Platforms?|Frameworks?|Initiatives?|Projects?|Reports?|Reviews?"
    "|Actions?|Campaigns?|Websites?|Databases?|Registers?|Pilots?|Schemes?|Orders?|Memorand(?:um|a)|Directives?|Agreements?|Roadmaps?|Guidance|Guidelines|Regulations?"
    "|Principles?|Recommendations?|Summits?|Challenges?|Laws?|Bills?|Codes?|Charters?|Data|Data[bs]ets?|Year|Day|Areas?|Goals?|Targets?|Pillars?|Hubs?|Networks?|Corridors?|Zones?"
    "|UK|US|USA|EU|States|Kingdom|Nations|Union"
)
# Words that begin a sentence and no name.
OPENING_WORDS = (
    "In|By|As|For|On|At|To|With|From|We|It|They|This|These|That|Those|Each|Every|All|If|When|Where|During|Within|After|Before|Under|Such|Other|Any|No|Not|Our|Your"
    "|Their|Its|Who|There|Once|Upon|Pursuant|Consistent|I|And|Or|But|Both|Some|Many|Most|Through|Following|Subject|Building|Using|Working"
)
CAPITAL = rf"(?!(?:{OPENING_WORDS})\b)[A-Z][\w&’'-]*"
NO_THING = rf"(?!(?:{THINGS})\b){CAPITAL}"
AMERICAN_STATES = (
    "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan"
    "|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina"
    "|south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming"
)
COLLECTIVE = (
    r"(?:agenc(?:y|ies)|departments?|ministr(?:y|ies)|bureaus?|teams?|boards?|offices?|councils?|authorit(?:y|ies))"
)
# A name, with its article, that is like that of a body: capitalised words of which the last one, or the one before
# "of", is no thing; an acronym; one capitalised word behind "the"; and kinds of bodies such as "each agency".
BARE_BODY = (
    rf"(?:(?:[Tt]he\s+)?(?:{CAPITAL}\s+(?:(?:and|&)\s+)?){{1,8}}{NO_THING}"
    rf"|(?:[Tt]he\s+)?(?:{CAPITAL}\s+(?:(?:and|&)\s+)?){{0,6}}{NO_THING}\s+(?:of|for|on|to)\s+(?:the\s+)?{CAPITAL}(?:,?\s+(?:(?:and|&|of|for|on|to|the|in)\s+){{0,3}}{CAPITAL}){{0,12}}"
    rf"|(?:the\s+)?(?!(?:{THINGS})\b)(?:[A-Z][A-Z&-]{{1,9}}|[A-Z][a-z]{{1,2}}[A-Z][A-Za-z]{{0,6}})(?:\s+{COLLECTIVE})?|[Tt]he\s+{NO_THING}"
    rf"|(?:[Ee]ach|[Ee]very)\s+(?:[\w-]+\s+){{0,4}}(?i:{COLLECTIVE})|(?:[Tt]he\s+)?[Hh]eads\s+of\s+[a-z ]{{3,60}}|(?:Federal|State|Local)\s+{COLLECTIVE})"
    r"(?:\s*\([^()]*\))?"
)

# A body whose name says that it is one, as subject of a task that begins with it.
OPENING_BODY = rf"(?:the\s+)?(?:{CAPITAL}\s+(?:(?:and|&)\s+)?){{0,6}}(?:{'|'.join(BODY_ENDS)}|{KINDS})(?:\s+(?:of|for|on)\s+(?:the\s+)?{CAPITAL}(?:\s+(?:and\s+)?{CAPITAL}){{0,4}})?|[A-Z]{{3,8}}"

# A field of a task ("Lead agency: …"): where it begins, the noun in its name, and what ends its name.
FIELD_START = r"(?:^|\n|[.;(\[|])\s*(?:[-–•*·]\s*)?"
BODY_FIELD = r"(?:agenc(?:y|ies)|departments?|bod(?:y|ies)|ministr(?:y|ies)|organi[sz]ations?|part(?:y|ies)|owners?|units?|entit(?:y|ies)|offic(?:e|es|er|ers)|teams?|partners?|institutions?|ministers?|authorit(?:y|ies))"
FIELD_NOUN = rf"(?:\s+{BODY_FIELD}(?:\(s\))?(?:\s*(?:/|and|or)\s*{BODY_FIELD})?)?"
FIELD_END = r"\s*(?::|\s[–—-]\s)\s*"

# Verbs that a task begins with, in the base form: as imperative, after "will", and with their endings as gerund.
VERBS = """
    abandon abolish absorb accelerate accept accomplish achieve acquire act activate adapt add address adjust
    administer admit adopt advance advertise advise advocate afford agree aid align allocate allow amend amplify
    analyse analyze annul answer anticipate apply appoint apprehend approve arm arrange arrest assemble assert
    assess assign assist assume assure attain attend attract audit augment authorise authorize automate avert avoid
    award balance ban bar beautify begin benefit blend block bolster boost borrow break brief bring broadcast
    broaden budget build buy calculate calibrate call campaign cancel cap capture carry catalogue cease celebrate
    certify champion chart choose circulate clarify clean clear close coach codify collaborate collate collect
    combat combine commission commit communicate compare compel compensate compete compile complete comply compose
    conceive concentrate condemn conduct confer confirm confiscate confront connect consent conserve consider
    consolidate constitute construct consult contain continue contribute control convene convert cooperate
    coordinate counter cover crack craft create criminalise criminalize cross cultivate curb cut decarbonise
    decarbonize decentralise decentralize decide declare declassify decommission decouple decriminalise
    decriminalize dedicate deepen defend defer define defund deliver demand demilitarise demilitarize demolish
    demonstrate densify deny deploy depoliticise deregulate derive desegregate design designate detect deter
    determine develop devise devolve digest digitise digitize direct disclose discontinue discourage discover
    discuss dismantle dispose disseminate dissolve distribute diversify divert divest divide document donate double
    draft draw drive drop earmark ease educate effect elect electrify elevate elicit eliminate embed emphasise
    emphasize employ empower enable enact encourage end endorse endow enforce engage enhance enlarge enlist enrich
    enrol enroll ensure entrench entrust equalise equalize equip eradicate erect establish estimate evacuate
    evaluate examine exchange exclude exempt exercise expand expedite experiment explain explore export expose
    express extend extract facilitate favour feed fence fight fill finalise finalize finance fit fix flag float
    flood follow forbid forge formalise formalize formulate fortify foster free freeze fulfil fulfill fund further
    gain gather generate get give govern grade graduate grant grow guarantee guide halt halve handle harmonise
    harmonize harness hasten heal heed help hire hold honour host humanise identify illuminate immunise immunize
    implement impose improve incentivise incentivize include incorporate increase incubate induce industrialise
    influence inform initiate innovate inspect inspire install institute instruct insulate insure integrate
    intensify interconnect internationalise intervene interview introduce inventory invest invite involve irrigate
    isolate issue join justify keep kick label landscape launch lay lead lease legalise legalize legislate lend
    lengthen let leverage liberalise liberalize license lift limit link listen litigate loan lobby localise localize
    locate log lower maintain make manage mandate manufacture map mark match maximise maximize measure mechanise
    meet memorialise mend mentor merge migrate mine minimise minimize mitigate mobilise mobilize model moderate
    modernise modernize monitor mount move multiply narrow nationalise nationalize negotiate nominate normalise
    notify nurture oblige observe obtain offer open operate optimise optimize organise organize orient outlaw
    outline outsource overcome overhaul oversee own pack paint partner pass pave pay penalise penalize perfect
    perform permit persuade phase pilot pioneer place plan plant plough plug popularise postpone practise prepare
    prescribe preserve press prevent prioritise prioritize privatise privatize probe proceed proclaim procure
    produce professionalise prohibit prolong promote propose prosecute protect prove provide provision publicise
    publicize publish punish purchase pursue push put qualify quantify quicken raise rank rationalise re-establish
    reach reaffirm realise realize reallocate reassess rebalance rebuild recall receive reclaim reclassify recognise
    recognize recommend reconcile reconnect reconsider reconstruct recover recreate recruit recycle redefine
    redesign redevelop redirect redistribute redouble reduce reestablish refer refine refocus reforest reform
    refrain refund refurbish refuse regenerate register regulate rehabilitate reimburse reinforce reinstate reinvest
    reinvigorate reject relax release relieve relocate rely remediate remedy remind remove remunerate render renew
    renovate reopen reorganise reorganize reorient repair repay repeal replace report repurpose request require
    rescind rescue research reserve reset resettle reshape resist resolve resource respect respond restore restrict
    restructure retain rethink retire retrain retrofit reuse reverse review revise revitalise revitalize revive
    revoke reward rewrite rid ring-fence roll rotate route run safeguard sanction save scale scan schedule scrap
    screen scrutinise scrutinize seal search secure seek seize sell send separate serve set settle sever shape share
    shield shift shorten showcase shut sign signal simplify slash slow solicit solve sort speak specify speed spend
    sponsor spread stabilise stabilize stand standardise standardize start steer stem step stimulate stop streamline
    strengthen strike strive study submit subsidise subsidize substitute succeed suggest sunset supervise supplement
    supply support survey suspend sustain switch synchronise synthesise tackle tailor take tap target task tax teach
    tender terminate test tie tighten trace track trade train transfer transform transition translate treat trial
    trim triple try turn uncap uncover undergo understand undertake unify unite universalise unleash unlock unpick
    update upgrade uphold upskill urge use utilise utilize verify visit voice void vote waive warn watch weaken
    weave weigh welcome whitelist widen win withdraw withhold work write zone
""".split()  # noqa: SIM905 (a list of words reads best as words)


def _make_forms(verb: str) -> str:
    """A pattern that matches a verb's base form and its gerund."""
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")) else verb
    doubled = f"{verb[-1]}?" if re.search(r"[^aeiou][aeiou][bdglmnprt]$", verb) else ""
    return rf"{verb}|{stem}{doubled}ing"


LEXICON = Lexicon(
    language="en",
    count=rf"(?i)\b{NUMBER}\s+{MODIFIERS}(?P<noun>(?:{'|'.join(UNITS)})s)\b",
    units=UNITS,
    own_counts=(
        r"(?i)\b(?:(?:this|the|our)\s+(?:[\w’'()-]+\s+){0,6}?(?:plan|strategy|roadmap|programme|program|agenda|blueprint|framework|policy|document|report|memorandum|order|statement|paper|package|announcement|opinions?|guidelines|outline)|we|it)\s+(?:\w+ly\s+)?(?:has|have|contains?|sets?\s+out|outlines?|includes?|identif(?:y|ies)|provides?|proposes?|makes?|lists?|presents?|comprises?|consists?\s+of|covers?|details?|is\s+(?:divided|organi[sz]ed|structured|grouped|broken\s+down)\s+(?:in|into|around|under|by)|puts?\s+forward|announces?|features?|commits?\s+to|describes?|recommends?)\b[^,()]{0,40}$"
        r"|(?i:\ba total of\s+$)"
    ),
    listings=r"(?i)\b(?:following|these|below)\s+$",
    inexact=r"(?i)\b(?:over|more than|less than|fewer than|at least|at most|up to|nearly|almost|about|around|approximately|some|roughly|another|other|further|additional)\s+(?:\w+\s+)?$",
    subset_openings=r"(?i)\bof (?:which|these|them)\b",
    subsets=rf"(?:(?i:\bof (?:which|these|them),?)|,|\band)\s+(?i:{NUMBER})\s+(?:(?:are|is)\s+)?(?P<name>(?:[A-Z][\w-]*\s+(?:(?:of|for|and)\s+)?){{1,6}}(?:{'|'.join(unit.title() for unit in UNITS)})s?)\b",
    listed=rf"(?i)\b{NUMBER}\s+{MODIFIERS}(?P<noun>[a-z]+s)\s*(?:,\s*|\s)(?P<how>namely|including|that is|i\.e\.|such as|comprising|consisting of)\b[,:]?\s*(?P<list>[^.;:!?]+)",
    exhaustive=r"(?i)namely|that is|i\.e\.|comprising|consisting of",
    separators=r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*;\s*",
    singular_endings=((r"ies$", "y"), (r"(ss|sh|ch|x)es$", r"\1"), (r"s$", "")),
    bylines=r"(?:By|Author|Reporter|Written by):?\s+(?P<name>[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*){0,4})\s*(?:[|,–—/].{0,80})?",
    credits=r"\(?Source:\s*(?P<name>[^|()]{2,80}?)\s*\)?",
    card=compile_table(
        {
            "title": r"(?i)\**title\**\s*:\**\s*[\"']?(?P<value>.*?)[\"']?",
            "subject": r"(?i)\**(?:subject|re)\**\s*:\**\s*[\"']?(?P<value>.*?)[\"']?",
            "published": r"(?i)\**(?:last updated|published(?: on)?|publication date|date)\**\s*:?\**\s*(?P<value>.*\d{4}.*)",
            "signed": r"(?i)\**(?:signed(?: on)?|issued(?: on)?)\**\s*:\**\s*(?P<value>.*)",
            "issuers": r"(?i)\**(?:issued by|issuing (?:body|authority))\**\s*:?\**\s*(?P<value>.*)",
            "number": r"(?i)\**(?:document (?:no\.?|number)|reference(?: no\.?| number))\**\s*:\**\s*(?P<value>.*)",
        }
    ),
    dates=compile_all(
        rf"(?i)\b{MONTH}\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<y>\d{{4}})\b",
        rf"(?i)\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:day\s+)?(?:of\s+)?{MONTH}\s*,?\s*(?P<y>\d{{4}})\b",
        r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?!\d)",
        r"\b(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})\b",
        r"\b(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})\b",
    ),
    months={name[:3]: number for number, name in enumerate(MONTHS, 1)},
    ends=(
        r"(?i)related (?:links?|articles?|stories|news|reading)\s*:?"
        r"|(?:must|also) read\s*:?|read more\s*:?|you may also like\s*:?|most (?:popular|read)\s*:?"
        r"|(?:share (?:this|on)\b.{0,40}|leave a (?:comment|reply|message)|comments?\s*:?|about us.{0,20})"
        r"|(?:©|copyright\b).{0,120}|all rights reserved.{0,60}"
    ),
    actions=(
        rf"(?i)(?:(?:further|jointly|actively|steadfastly|steadily|vigorously|fully|better|continu(?:e|ing)(?: to)?|work(?:ing)?(?: together| jointly| hard)? to|do(?:ing)? more to|to|and|co-?)[\s]*)*"
        rf"(?:{'|'.join(_make_forms(verb) for verb in VERBS)})\b"
    ),
    obligations=r"\b(?:will|shall|should|must|is to|are to|ought to|commits? to|agrees? to|pledges? to|needs? to)\b",
    non_areas=(
        r"(?i)(?:(?:full |main )?(?:text|content)|document|(?:the |our |list of |key |policy |main |recommended |planned |specific )*(?:recommendations?|actions?|tasks?|measures?|action plan|plan|commitments?|activities|milestones|deliverables)"
        r"|next steps?|what we will do|how we will do it|policy actions)s?[:.]?"
    ),
    plan_titles=(
        r"(?i)(?:.*\b)?(?:memorandum|executive order|opinions|guidelines|report|plan|strategy|roadmap|measures|recommendations) (?:on|for|of|concerning) .*"
        r"|.*\b(?:plan|strategy|roadmap|agenda|programme|program|recommendations|report)(?:[ ,:(–-]*\d{4}(?:\s*[-–]\s*\d{2,4})?\)?)?"
    ),
    boxes=r"(?i)(?:Box|Case study|Panel)\s+\d{1,2}\b",
    annexes=r"(?i)(?:Annex|Appendix|Attachment|Schedule)(?:\s+(?:\d{1,2}|[A-Z]|[IVX]{1,5}))?\s*(?:[:.–—-].{0,120})?",
    plans=(
        r"(?i)\b(?:plans?|strategy|strategies|roadmap|road map|programme|program|agenda|blueprint|action|actions|measures|recommendations|priorities|tasks|framework|policy|commitments|principles|opinions?|guidelines?"
        r"|report on the work|work report|initiatives?|implementation|outline|orders?|review|agreement|accord|memorandum|pact)\b"
    ),
    other_texts=(
        r"(?i)\b(?:terms (?:of|and)|privacy policy|faqs?|frequently asked|release notes|changelog|how to|\d+ (?:\w+ )?(?:tips|ways|things|reasons|facts|steps)|minutes of|meeting minutes|job description|vacancy"
        r"|invitation to tender|request for proposals|judge?ment|v\.|contract|agreement between|annual report|user guide|manual|recipes?|itinerary|syllabus|exam|obituary|conditions of|regulations? \d{4}|by-?laws?|act,? \d{4})(?!\w)|\bregulations?$"
    ),
    other_sections=(
        r"(?i)(?:how to apply|person specification|essential criteria|desirable criteria|salary(?: and benefits)?|the role|what we offer|about you|key responsibilities|duties|main duties.*|abstract|(?:materials and )?methods?|methodology|results"
        r"|discussion|related work|literature review|data availability|governing law.*|termination.*|confidentiality.*|warrant(?:y|ies).*|indemnit(?:y|ies).*|limitation of liability.*|force majeure|payment(?: terms)?|fees(?: and .{1,30})?|intellectual property.*|acceptance of.*"
        r"|ingredients|equipment|tools(?: and materials)?|materials|what you(?:'|’)?(?:ll)? need.*|instructions|apologies.*|attendance|present|approval of (?:the )?minutes.*|any other business|bug ?fixes|known issues|breaking changes|upgrading.*|penalt(?:y|ies).*|offences.*"
        r"|findings of fact.*|conclusions of law.*|procedural (?:history|background)|day \d+.*)[.:]?"
    ),
    openers=r"(?i)(?:(?:now|next|finally|first|second|third),?\s+)?(?:I|we|let me|let us|allow me to)\b.{0,40}\b(?:discuss|turn to|start with|begin with|move on to|report on|present|outline|set out|describe|speak about|talk about|address)\b.{0,120}\.?",
    exclusions=(
        Exclusion(0.3, "{share:.0%} of the numbered lines are questions", r".*\?\s*$"),
        Exclusion(0.4, "{share:.0%} of the numbered lines speak to the reader", r"(?is).*\b(?:you|your|yourself)\b"),
        Exclusion(
            0.3,
            "{share:.0%} of the numbered lines bind parties or persons, as contracts and regulations do",
            r"(?is).*\b(?:supplier|contractor|customer|client|buyer|seller|vendor|licen[cs](?:ee|or|e holder)|tenant|landlord|lessee|lessor|employee|employer|part(?:y|ies)|users?|owners?|(?:no |a |any )person|applicants?|holders?|operators?|masters?|consumers?|members?)\s+(?:shall|must|will|may|warrants?|agrees?)\b",
        ),
        Exclusion(
            0.4,
            "{share:.0%} of the numbered lines report what was said or happened",
            r"(?i).*\b(?:said|says|told|testified|tweeted|argued|claimed|replied|asked|won|lost|scored|denied|recalled|described)\b",
        ),
    ),
    without_tasks=(
        r"(?i)(?:(?:executive |an? |our |the )*(?:introduction|background|overview|summary|foreword|preface|preamble|conclusions?|contents|table of contents|acknowledge?ments?|glossary|abbreviations|acronyms"
        r"|context|vision|mission|about (?:this|the) .{1,60}|looking (?:forward|ahead)|footnotes?|endnotes?|notes|references|bibliography|further reading|methodology|governance structure|categories|.{1,40} categories"
        r"|guiding (?:ideology|principles|thoughts?)|(?:basic|general|overall|main|key|strategic|expected|specific|core|working|long-term)\s+(?:principles?|requirements?|goals?|objectives?|targets?|outcomes?|ideas?|values?)(?: and .{1,80}| for .{1,80}|)"
        r"|principles?|goals?|objectives?|targets?|definitions?|scope|appendix|annex|(?:current )?(?:situation|challenges|achievements|progress)(?: (?:and|to|so|in|of) .{1,60})?|where we are.{0,40}|what we have (?:done|achieved).{0,40}"
        r"|(?:a )?review of .{1,80}|.{0,60}\bin review|lessons learned.{0,60}|who .{1,60} for|policy|purpose|general provisions|authority|severability|effective date|how we will (?:check|measure|monitor|track|know|report).{0,60}|how (?:this|the) .{1,80}(?:developed|works|organi[sz]ed)|special thanks.{0,60})"
        r"[^a-z]*)"
    ),
    task_nouns=r"(?i)\b(?:actions?|tasks?|measures?|recommendations?|commitments?|steps|initiatives?|deliverables?|policies|activities|projects?|proposals?|pledges?|milestones?|strateg(?:y|ies)|priorities|to-?do|recommends?|agenda|we will|work ?plan|promises?|demands?)\b",
    goal_nouns=r"(?i)\b(?:goals?|objectives?|principles?|outcomes?|benefits?|challenges?|background|vision|mission|values?|results?|achievements?|findings?|problems?|issues?|definitions?|scope|indicators?|targets?|context|evidence|why|summary|members?|attend\w{1,9}|resources?|references?)\b",
    introductions=r"(?i)\b(?:will|shall|should|must|recommends?|calls? (?:on|for)|commits?|urges?|agreed? to|plans? to|following|to:)(?!\w)",
    past=r"(?i)^(?:\w+ ){0,6}?(?:was|were|has|have|had|been)\b",
    deadline_words=r"(?i)\b(?:by|before|within|until|no later than)\s+(?:the\s+)?(?:end of\s+)?(?:\w{1,20}\s+)?(?:20\d\d|\d{1,3} (?:days|months|weeks))",
    responsibility=(
        r"(?i)\b(?:responsible|lead(?:ing)?|implementing|supporting) (?:part(?:y|ies)|bod(?:y|ies)|agenc(?:y|ies)|departments?|ministr(?:y|ies)|organi[sz]ations?|units?)\s*:|\bled by\b"
        r"|\bthe (?:secretary|minister|director|administrator|commissioner|attorney general)\b.{0,80}\bshall\b|[(\[](?:led by|lead|responsible|owner)\b[^()]{2,120}[)\]]"
    ),
    assignments=(
        AssignmentStyle(
            LEAD,
            rf"(?i){FIELD_START}(?:(?:joint|jointly|co|main|principal|overall|primary|action|task|policy)[ -]?)?(?:leads?|leading|led by|owners?|owned by)(?:\(s\))?{FIELD_NOUN}{FIELD_END}(?P<list>{LIST})",
        ),
        AssignmentStyle(LEAD, rf"(?i){FIELD_START}(?:main|principal) {BODY_FIELD}{FIELD_END}(?P<list>{LIST})"),
        AssignmentStyle(
            RESPONSIBLE,
            rf"(?i){FIELD_START}(?:(?:primary|overall|main) )?(?:(?:responsib(?:le|ility)|accountable|implementing|implemented by|delivered by|delivery)(?:\(s\))?{FIELD_NOUN}|action by|assigned to|assignee|who|(?:{BODY_FIELD}|person) (?:responsible|accountable|in charge)|responsibility of){FIELD_END}(?P<list>{LIST})",
        ),
        AssignmentStyle(
            SUPPORT,
            rf"(?i){FIELD_START}(?:support(?:ing|ed by)?|partners?|cooperating|contribut(?:ing|ors?)|participating|assisting|collaborat(?:ing|ors?)|consulted|in partnership with|working with|with)(?:\(s\))?{FIELD_NOUN}{FIELD_END}(?P<list>{LIST})",
        ),
        AssignmentStyle(
            LEAD,
            rf"\b(?i:recommends?|recommended)\s+that\s+(?P<list>{BARE_BODY}(?:(?:,\s+|,?\s+and\s+){BARE_BODY}){{0,4}})(?=\s*,|\s+(?:should|must|(?:{'|'.join(VERBS)}|work|ask|amend|fully|immediately|urgently)\b))",
            prominent=True,
        ),
        AssignmentStyle(
            LEAD,
            rf"\A(?P<list>(?:{OPENING_BODY})(?:,?\s+and\s+(?:{OPENING_BODY}))?)(?:\s+to\s+(?=(?:{'|'.join(VERBS)})\b)|\s*:\s+(?=(?i:{'|'.join(VERBS)})\b))",
            prominent=True,
        ),
        AssignmentStyle(
            LEAD,
            rf"(?:^|\n|[.;(\[]\s*)(?:Led(?: jointly)?|(?:Jointly |Co-)led) by\s+(?P<list>{NAMED_BODIES})(?={BODIES_END})",
        ),
        AssignmentStyle(
            LEAD,
            rf"\b(?:will|shall|must|should|to) be (?:jointly )?(?:led|overseen|implemented|developed|managed|coordinated|undertaken|carried out|delivered|conducted|prepared|published) by\s+(?P<list>{BARE_BODY}(?:(?:,\s+|,?\s+and\s+){BARE_BODY}){{0,4}})",
            prominent=True,
        ),
        AssignmentStyle(
            LEAD,
            rf"\b(?:led(?: jointly)? by|under the leadership of)\s+(?P<list>{NAMED_BODIES})(?={BODIES_END})",
            prominent=True,
        ),
        AssignmentStyle(
            SUPPORT,
            rf"(?:^|\n|[.;(\[]\s*)Led(?: jointly)? by\b[^.;\n]{{3,200}}?\b(?:{TOGETHER_WITH})\s+(?P<list>{NAMED_BODIES})(?={BODIES_END})",
        ),
        AssignmentStyle(
            SUPPORT,
            rf"\b(?:{TOGETHER_WITH}|(?:will|shall|must|should) (?:also |jointly )?work (?:closely )?(?:together )?with)\s+(?P<list>{NAMED_BODIES})(?={BODIES_END})",
            prominent=True,
        ),
    ),
    first_leads=r"(?i)\bfirst(?:-| )(?:listed|named)\b.{0,60}\bleads?\b",
    together=rf"(?i),?\s*\b(?:{TOGETHER_WITH})\s+",
    leads_before_comma=r"(?!)",
    role_marks=(
        RoleWords(
            LEAD,
            r"(?i)\s*[(\[](?:co-?|joint |overall )?lead(?:s|ing|er)?(?: (?:agency|department|body|ministry|partner))?[)\]]\.?$",
        ),
        RoleWords(
            SUPPORT,
            r"(?i)\s*[(\[](?:in )?(?:support(?:ing)?|partner(?:s|ing)?|assist(?:ing)?|consult(?:ed|ing)?)(?: (?:agency|department|body|ministry|role))?[)\]]\.?$",
        ),
    ),
    fields_in_run=r"(?!)",
    field_openings=(
        r"\s(?=(?:Lead|Leads|Leading|Led by|Support|Supporting|Supported by|Responsible|Responsibility|Owner|Partners?|Timelines?|Timeframe|Timescale|Timing|Deadline|Due|Target|Completion|Budget|Cost|Funding|Indicators?|Outputs?|Outcomes?|Status)"
        rf"(?:\s+(?:{BODY_FIELD}|date|by))?(?:\(s\))?\s*:\s)"
    ),
    bare_body=BARE_BODY,
    speakers=(
        r"(?i)\bwe(?:['’]ll| (?:will|shall|must|should|need to|want|aim|intend|plan|commit|pledge|promise|recommend|urge"
        r"|call|propose|demand|expect)\b)|\b(?:government|council|party|department|ministry|board|office) (?:will|should)\b"
    ),
    law_words=(
        r"(?i)\b(?:pursuant to|hereby|herein|thereof|thereto|hereinafter|notwithstanding|sub-?section|sub-?paragraph"
        r"|means (?:any|an?|the)|provided that|shall not|may not|shall be (?:deemed|construed)|null and void|liable|penalt(?:y|ies)"
        r"|offen[cs]e|guilty|in force|entitled to|quorum|by-?laws?|contracting part(?:y|ies)|states parties)\b"
    ),
    advice=(
        r"(?i)^(?:please|make sure|remember|try|avoid|don['’]?t|do not|never|always|click|check|visit|see|read|contact|call|use"
        r"|download|enter|choose|select|ask|go to|note|learn|think|consider|if you)\b|\b(?:you can|you may|you should|your)\b"
    ),
    states=r"(?i)^(?:[\w'’,()-]+ ){0,12}?(?:is|are|isn['’]t|aren['’]t|has|have|can|cannot|may|might|could|would|does|do|seems?|remains?|includes?|provides?|allows?|means?|requires?)\b",
    beside_body=rf"(?:the\s+)?{NO_THING}",
    subject_verbs=(
        r"\s(?:(?:jointly|also|each|then|hereby)\s+)?(?:(?:will|shall|must|should)(?!\s+(?:also\s+|then\s+|not\s+)?be\b(?!\s+responsible))|(?:is|are)\s+(?:to|responsible for)|calls?\s+on|agrees?\s+to)\b"
    ),
    beside_subject=(
        rf",?\s*\b(?:{TOGETHER_WITH}|following|acting\s+through|through|after|subject to|and\s+where|where|as well as|who|which|including|at|under|in|within|across|on behalf|as)\b.*|,?\s+and\s+(?:all\s+)?(?:other|relevant)\s.*"
    ),
    long_names=(
        rf"(?m)\b{LONG_NAME}"
        rf"|(?:^|(?<=[,;\n])\s*)(?:the )?{PLAIN_WORDS} and {PLAIN_WORDS} (?:Authority|Agency|Commission|Council|Board|Service|Office|Institute|Department|Committee)\b"
    ),
    body_separators=(
        rf"(?:{'|'.join(f'(?<={noun})' for noun in BODY_ENDS)})\s+and\s+"
        r"|\s+and/or\s+|\s*[;\n]\s*(?:and\s+)?|\s+/\s+|(?<=[A-Z]{2})/(?=[A-Z]{2})|\s*,\s*and\s+|\s*,\s*(?!(?:and|or)\b)"
        rf"|\s+(?:and|with)\s+(?=the\s|[A-Z]{{2,}}\b|(?!(?:{KINDS})\b)[A-Z]\w+\s+(?:{KINDS})\b|(?:Department|Ministry|Office|Bureau)\s+(?:of|for)\b)"
    ),
    name_fillers=r"(?i)^(?:the|and|by|with)\s+|\s*\betc\.?$|(?:^|,?\s*\band\s+)(?:all )?(?:other|relevant|interested)(?: \w+)? (?:departments|agencies|bodies|parties|stakeholders|partners)$|[*†‡\d]+$",
    columns=compile_table(
        {
            LEAD: r"(?i)(?:lead|leading|main)\b.{0,30}|led by|owners?|(?:action|task|policy) owners?",
            RESPONSIBLE: (
                r"(?i)(?:responsib|accountab|implementing|who\b).{0,40}|(?:assigned|delivered|owned)\s+(?:to|by)|delivery (?:partners?|bod(?:y|ies)|agenc(?:y|ies))"
            ),
            SUPPORT: r"(?i)(?:support|partner|cooperating|contribut|collaborat|participating|assisting)\w*\b.{0,40}",
            BODY: r"(?i)(?:government )?(?:agenc(?:y|ies)|departments?|ministr(?:y|ies)|organi[sz]ations?|institutions?|bod(?:y|ies)|actors?)(?:\(s\))?",
            DEADLINE: (
                r"(?i)(?:(?:target|due|completion|end|delivery|milestone|implementation|planned|expected|finish)\s+)*"
                r"(?:dates?|deadlines?|timelines?|timing|timescales?|time ?frames?|terms?|quarters?|years?|completion|due)(?: (?:for|of) .{1,30})?|(?:by )?when\b.{0,30}"
            ),
            ORDINAL: (
                r"(?i)(?:(?:(?:s|sl|sr|ser|serial|item|action|task|measure|rec|recommendation|milestone)\.?[ /-]?)?"
                r"(?:no\.?|nr\.?|№|n[º°]\.?|ref\.?|reference|#|id|number|code)|s/n|item)"
            ),
            TASK: r"(?i)(?:(?:key |policy |specific |planned |main )?(?:actions?|tasks?|measures?|recommendations?|commitments?|activit(?:y|ies)|initiatives?|deliverables?)(?: (?:item|description|title|to be taken))?|what(?: we will do)?\??)",
            OUTPUT: r"(?i)(?:(?:key |main )?(?:milestones?|outputs?|strateg(?:y|ies)|projects?|programmes?|programs?|steps?))",
            AREA: r"(?i)(?:areas?|themes?|pillars?|goals?|objectives?|priorit(?:y|ies)|strategic (?:goals?|objectives?|priorit(?:y|ies))|workstreams?|categor(?:y|ies))(?: areas?)?",
        }
    ),
    empty_cells=r"(?i)(?:required|encouraged|optional|n/?a|none|tbd|tbc|to be (?:determined|confirmed)|all|yes|no|see above|\(see above\)|-+|–|—|completion|ongoing)\b.*|[\W\d_]*",
    deadlines=(
        DeadlineStyle(
            r"(?i)(?:^|\n|[.;|(\[]\s*|\s[–—-]\s+)\s*(?:(?:target|due|completion|delivery|end|expected|planned|estimated|proposed|indicative|implementation|finish|final|milestone)\s+){0,3}"
            r"(?:deadline|date|due(?: date| by)?|completion|completed by|timelines?|time-?frame|time frame|timescales?|timing|(?:by )?when)"
            r"(?:\s+for\s+(?:completion|delivery|implementation))?\s*:\s*(?P<when>(?!\s|(?:from|starting|ongoing|annual)\b)(?=[^\n.;]{0,300}\d)(?:[^\n.;|()\]]|\([^()\n]{0,40}\)){3,60})",
            field=True,
        ),
        DeadlineStyle(
            rf"(?i)(?P<when>\b{UNTIL}(?:{DAY_OF_YEAR}|{END_OF}?{ANY_MONTH},?\s+(?:of\s+)?\d{{4}})\b)", prominent=True
        ),
        DeadlineStyle(
            rf"(?i)(?P<when>\b{UNTIL}{END_OF}?(?:{QUARTER_OF_YEAR}|(?:early|mid|late)[- ]\d{{4}})\b)",
            prominent=True,
        ),
        DeadlineStyle(
            rf"(?i)(?P<when>\b{UNTIL}(?:(?:{END_OF}|year[- ]end\s+)(?:calendar\s+)?(?:{FISCAL_YEAR}|(?:year\s+)?\d{{4}}(?:[/–-]\d{{2}})?)|{FISCAL_YEAR})\b)",
            prominent=True,
        ),
        DeadlineStyle(
            rf"(?i)(?P<when>\b(?:(?:within|no later than|not later than)\s+(?:the\s+)?(?:next\s+|first\s+|following\s+)?|in the next\s+){PERIOD}(?:\s+(?:of|after|from|following)\s+(?:the\s+)?[^.,;:]{{3,80}}?(?=[.,;:]|\s+(?:and|shall|must|will|to)\b|$))?)",
            prominent=True,
        ),
        DeadlineStyle(
            rf"(?i)(?P<when>(?<!for )(?<!least )\b(?:\d{{1,3}}|(?:(?:{ENGLISH_WORD}|hundred|and)[ -]){{0,5}}(?:{ENGLISH_WORD}|hundred))(?:\s+\(\d{{1,3}}\))?[\s-]+(?:calendar\s+|working\s+|business\s+)?(?:days|weeks|months|years)\s+(?:after|from|following)\s+(?:the\s+|this\s+|its\s+)?(?:date|adoption|approval|entry|issu|publication|enactment|commencement|signing|signature|effective|order)[^.,;:]{{0,80}}?(?=[.,;:)]|\s+(?:and|shall|must|will|to)\b|$))",
            prominent=True,
        ),
        DeadlineStyle(
            rf"(?P<when>\b{ANY_CASE_UNTIL}(?:(?i:{END_OF})?{ANY_MONTH_NAME}(?:\s+\d{{1,2}}(?:st|nd|rd|th)?)?|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{ANY_MONTH_NAME})(?!\s*,?\s*\d)\b)",
            prominent=True,
        ),
        DeadlineStyle(
            r"(?i)(?P<when>\b(?:by|before)\s+(?:the\s+)?(?:end of (?:the|this|next) (?:(?:calendar|financial|fiscal)\s+)?year|year[- ]end|(?:this|next) (?:spring|summer|autumn|fall|winter)))\b",
            prominent=True,
        ),
        DeadlineStyle(
            rf"(?i)(?:\A|(?<=[.!?]\s))(?!(?:{TARGET_VERBS})\b)[^\d.!?\n]{{3,300}}?(?P<when>\b(?:by|before)\s+20\d\d(?:[/–-]\d{{2}}(?:\d\d)?)?)(?=\s*[.;)\]]|\s*\Z)",
            prominent=True,
        ),
        DeadlineStyle(
            rf"(?i)(?<=\S)\s*[\[(]\s*(?P<when>{QUARTER_OF_YEAR}|(?<=\[)(?:\d{{1,2}}\s+)?{ANY_MONTH},?\s+\d{{4}})\s*[\])](?=\s*[.;]?\s*(?:\n|\Z))"
        ),
    ),
    deadline_days=compile_all(
        rf"(?i)\b{MONTH}\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<y>\d{{4}})\b",
        rf"(?i)\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}\s*,?\s*(?P<y>\d{{4}})\b",
        r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?!\d)",
        rf"(?i)\b{MONTH},?\s+(?P<y>\d{{4}})\b",
        r"(?i)\bQ(?P<q>[1-4])(?:\s*|\s+of\s+|\s*[,/-]\s*)(?P<y>\d{4})\b",
        r"(?i)(?<!FY)(?<!FY )(?<!year )\b(?P<y>\d{4})[\s/-]*Q(?P<q>[1-4])\b",
        r"(?i)\b(?P<q>first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter\s+(?:of\s+)?(?P<y>\d{4})\b",
        r"(?i)\b(?P<h>first|second)\s+half\s+(?:of\s+)?(?P<y>\d{4})\b",
        r"(?i)(?<!FY)(?<!FY )(?<!year )\b(?P<y>\d{4})\s+(?P<h>I|II|first|second)\s+half\b",
        r"(?i)\bH(?P<h>[12])\s*(?:of\s+)?(?P<y>\d{4})\b",
        r"(?i)\b(?P<end>(?:end|close)(?: of|-| )|year[- ]end)\s*(?:the\s+)?(?:calendar\s+)?(?:year\s+)?(?P<y>\d{4})\b(?![-/–])",
        rf"(?i)\b{MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*,?\s*\d)",
        rf"(?i)\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}(?!\w|\s*,?\s*\d)",
        rf"(?i)(?:\A|\b(?:by|before|until|than|of|the)\s+){MONTH}(?!\w|\s*,?\s*\d)",
        r"(?i)\AQ(?P<q>[1-4])\Z",
        r"(?i)\b(?P<end>end of (?:the|this) (?:calendar )?year|year[- ]end)\Z",
    ),
    ordinals={
        **{word: number for number, word in enumerate(("first", "second", "third", "fourth"), 1)},
        **{word: number for number, word in enumerate(("1st", "2nd", "3rd", "4th"), 1)},
        **{str(number): number for number in range(1, 5)},
        "i": 1,
        "ii": 2,
    },
    title_years=r"(?<![\d–-])(?<![–-] )(20\d\d)(?!\s*[–/-]|\s+to\b)\b",
    delivery_lines=r"(?i)(?:delivered|updated|last updated|adopted|published|approved|issued|dated|posted|released|last modified|reviewed)\b",
    document_numbers=r"(?:M-\d{2}-\d{2}|[A-Z]{2,10}(?:/[A-Z0-9]{1,10}){1,4}/?\d*|COM\(\d{4}\) ?\d{1,4}(?: final)?|(?:EO|Executive Order|No\.|Cm|CP) ?\d{1,6}|H\.R\. ?\d+)",
    day_alone=rf"(?i)(?:(?:dated|signed|executed|done|given|issued|ordered)\b.{{0,60}}?\bthis\s+)?(?:{MONTH}\s*\d{{1,2}}\s*,?\s*\d{{4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:day\s+)?(?:of\s+)?{MONTH.replace('?P<m>', '?:')}\s*,?\s*\d{{4}})",
    safeguards=r"(?i)\b(?:safeguards?|organi[sz]ational (?:guarantee|leadership|support)|supporting measures|implementation arrangements)\b",
    body_kinds=BODY_KINDS,
    founded_bodies=(
        rf"(?i)\b(?:set(?:s|ting)? up|establish(?:es|ed|ing)?|form(?:s|ed|ing)?|creat(?:e|es|ed|ing)|found(?:s|ed|ing)?)\s+an?\s+"
        rf"(?P<name>(?:[\w-]+\s+){{0,4}}?(?P<noun>{BODY_NOUN})(?:\s+(?:for|of|on)(?:\s+(?!(?:to|with|which|that|so)\b)[\w-]+){{1,6}}?)?)"
        rf"(?=[,.;:)]|\s+(?:to|with|which|that|so|in|under|consisting|comprising)\b|$)"
    ),
    parties=rf"\b(?:signed|concluded|agreed(?: upon)?|initialled)\s+(?:jointly\s+)?(?:by|between)\s+(?P<list>{NAME}(?:,\s+{NAME})*,?\s+and\s+{NAME})",
    document_name=DOCUMENT_NAME,
    name_grammar=NameGrammar(
        heads=rf"\b(?:{DOCUMENT_HEADS})\b",
        preposition=r"\s(?:of|on|for|to|in|with|by|at|from|under|between|into)\s",
        opening=r"^(?:(?:According|Pursuant|Due|Thanks)\s+to|The|An?|Among|Under|In|On|With|By|For|From|Of|And|As|At|This|These|Its|Their|To|After|Since|&)\s+(?:the\s+)?",
        joint=r"\s+and\s+(?:the\s+)?",
        indefinite=r"an?\s",
    ),
    letterheads=(
        r"(?i).*[>»].*|(?:the )?(?:white house|cabinet|federal register|.{0,60}\b(?:press|news) release|for immediate release|.{0,60}\b(?:department|ministry|office|council|agency|commission|government|secretariat|bureau|city hall|committee|parliament|senate|directorate)"
        r"(?: (?:of|for) .{1,60})?)|(?:the )?(?:house|city|state|government|county|town|commonwealth|province) of .{1,40}|memorandum for .{1,80}|subject:.*"
        rf"|[a-z][a-z. ]{{2,30}}, (?:{AMERICAN_STATES}|n\. ?y\.|d\. ?c\.)(?: \d{{5}})?"
        r"|presented to parliament.*"
        r"|.{0,100}\b(?:p\.? ?o\.? )?box \d{1,6}|(?:\w+ )?address:.{1,80}|(?:www\.|https?://)\S+|\d{3,5} ?\d{2}? [a-z]+"
    ),
    buttons=r"(?i)(?:(?:\w+[- ]){1,2}(?:special )?report of session.*|HC \d+.*|print|share|download|listen|menu|search|home|save|e-?mail|back|close|copy link|text size.{0,20}|skip to .{1,40}|(?:print|share|download|save) (?:this )?(?:page|article|pdf)|(?:photo|image|picture)(?: by| credit)?:.{0,100})\W*",
    titles=r"(?i)(?:.*\b)?(?:memorandum|executive order|opinions|guidelines|report|plan|strategy|roadmap|measures|recommendations|blueprint|framework|agenda|policy|brief|programme|actions|initiatives|white paper|green paper|charter|declaration|response|vision)(?:[ ,(]+\d{4}(?:\s*[-–]\s*\d{2,4})?\)?)? (?:on|for|of|concerning|to)\b.*|.*\bvision \d{4}|(?:fact sheet|policy brief|memorandum|executive (?:order|directive)|the)\b.*:.*|.*\b(?:plan|strategy|roadmap|agenda|programme|program|recommendations|report|framework|blueprint|policy|manifesto|white paper|green paper|charter|declaration|memorandum|directive|actions|guidelines|brief|priorities)(?:[ ,:(–-]*\d{4}(?:\s*[-–]\s*\d{2,4})?\)?)?",
    open_titles=r"(?i).*\ban executive (?:order|directive)|.*\b(?:a|an|and|as|at|by|for|from|in|its|of|on|or|our|that|the|their|to|with)\s*|.*[,:]\s*",
    title_goes_on=r"(?:[a-z(]|(?i:no\.|number)\s).*",
    title_ends=r"(?i)[(]?20\d\d\s*[-–—/]\s*(?:20)?\d\d[)]?|[(](?:(?:consultation |final |public )?draft.{0,20}|final|summary)[)]",
    title_heads=r"(?i)title\s*:\s*",
    title_tails=r"\s+[-–|]\s+[\w-]+(?:\.[\w-]+)*\.(?:ca|com|org|gov|net|eu|int|edu|uk|au|nz|ie|sg|in)\s*$",
    inline_titles=r"(?!)",
    inline_heads=r"(?!)",
    kinds_alone=r"(?i)(?P<kind>(?:the\s+)?(?:(?:mayoral |administrative |presidential )?(?:executive )?(?:order|directive)(?: of the (?:mayor|governor|president))?|(?:policy|issue) brief|fact sheet|memorandum|white paper|circular|resolution|directive|proclamation|chapter|briefing(?: note| paper)?)(?:\s*(?:no\.?|number|#)\s*[\w.-]{1,12}(?: (?!issue|date)[\w-]{1,12})?(?:,? (?:series )?(?:of )?\d{4})?|\s+\d[\w.-]{0,12})?)\s*:?(?:\s*\b(?:issued?|dated?)\b.{0,40})?",
    issuer_names=r"(?!)",
    title_issuers=r"(?!)",
    letterhead_ends=r"(?!)",
    month_alone=(
        rf"(?i)(?:(?:(?:first|last)\s+)?(?:updated|published|issued|released|approved|adopted|date|presented|printed|reviewed|launched)(?:\s+(?:on|in))?\s*:?\s*|(?:version|edition|revision|v)\.?\s*[\d.]+\s*[,|(–-]?\s*|[a-z][a-z .]{{1,30}}(?:,|\s[|–-])\s*)?"
        rf"{MONTH}\s*,?\s*(?P<y>\d{{4}})(?:\s*[)]|\s+by\s.{{1,70}}|\s*[,|(–-]\s*(?:version|edition|revision|v)\.?\s*[\d.]+[)]?)?"
    ),
    imprints=r"(?i)(?:first |last )?(?:published|updated|modified|reviewed|issued)\b",
    addressees=r"(?i)(?:to|from|for|cc|attention)\s*:.{0,200}|memorandum (?:for|to) .{1,200}|dear .{1,60}[,:]",
    issuers=r"(?!)",
    announcements=r"(?:.*\b(?i:announc(?:es?|ed|ing)|releas(?:es?|ed|ing)|launch(?:es|ed|ing)?|publish(?:es|ed|ing)?|unveil(?:s|ed)?|issu(?:es?|ed|ing)|adopt(?:s|ed)?|sign(?:s|ed)?|enact|outlin(?:es?|ed))\s+(?:(?i:the|its|their|our|a new|new)\s+)*|[^:]{1,40}:\s*(?:[Tt]he\s+)?)(?P<name>[A-Z].{3,200})",
    two_documents=r"(?!)",
    announced_before=r"(?!)",
    announced_after=r"(?!)",
    cited_before=r"(?i)\b(?:an?|in line with|pursuant to|according to|in accordance with|based on|building on|implement(?:s|ing)?(?: the)?)\s+$",
    cited_after=r"(?!)",
    counters=compile_all(
        r"(?i)\b(?:views|reads|hits|visits|visitors|shares|likes|comments)\s*[:(]?\s*\d[\d,.]*[km]?\)?",
        r"(?i)\b\d[\d,.]{0,30}[km]?\s*(?:views|reads|hits|visits|visitors|shares|likes|comments)\b",
        r"(?i)\b\d+\s*(?:seconds?|min(?:ute)?s?|hours?|days?) ago\b",
        r"(?i)\b(?:printed|generated|retrieved|rendered|accessed) (?:on|at)\b[^.;]{0,40}",
    ),
    walls=compile_all(
        r"(?i)[^.\n]*(?:captcha|(?:verify|confirm|prove) (?:that )?you(?: are|'re|’re) (?:a )?(?:human|not a robot)|are you a robot|checking your browser|unusual traffic)[^.\n]*",
        r"(?i)[^.\n]*(?:access (?:is |was )?denied|you have been blocked|request blocked)[^.\n]*",
        r"(?i)[^.\n]*(?:(?:accept|agree to|consent to|allow|use|uses|enable) (?:all |our |the )?(?:javascript and )?cookies|enable javascript)[^.\n]*",
        r"(?i)[^.\n]*(?:(?:log|sign) ?in to (?:continue|read|view)|subscribers only)[^.\n]*",
    ),
    plan_references=r"(?i)\s*\((?:aka|also known as|here(?:in)?after(?:\s+referred to as)?|referred to as)\s*:?\s*[\"“]?the\s+(?:Plan|Programme|Program|Roadmap|Opinions|Outline|Strategy)\b",
)
