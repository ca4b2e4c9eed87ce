"""The typed models of a dataset's configuration file, `datasets/<id>.yaml`.

Validation, the error messages, the JSON Schema for editors (`datasets/schema.json`) and the table of keys
(`docs/configuration.md`) are made from these models. A field's description is the documentation of its key.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    HttpUrl,
    ValidationError,
    field_validator,
    model_validator,
)

from config.text import omit_user

LONGEST_ID = 80
ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
CRON_PATTERN = r"^\S+( \S+){4}$"
VERSION_PATTERN = r"^\d+\.\d+\.\d+$"
EMAIL_PATTERN = r"^[^@\s,;<>]+@[^@\s,;<>]+$"
# What a contact may be besides the address of a page: no address with a user and a password looks like it.
CONTACT_EMAIL = re.compile(r"(mailto:)?[^@\s,;<>:/\\?#]+@[^@\s,;<>:/\\?#]+")
# The characters of a selector or regular expression: what compiles it takes more time and stack the longer it is.
LONGEST_EXPRESSION = 2_000
# Number of selectors and expressions that were found valid and are not compiled again.
CHECKED_EXPRESSIONS = 100_000
# Seconds between two requests to one host, unless the dataset says otherwise.
DEFAULT_DELAY = 1.0

# Folders that the catalog puts beside those of the datasets.
RESERVED_IDS = ("assets", "zh")

Identifier = Annotated[str, Field(pattern=ID_PATTERN, max_length=LONGEST_ID)]


class InvalidValueError(ValueError):
    """A value that a model refuses: what is wrong, and how to fix it. Pydantic passes it on in its own error."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what}; {fix}")
        self.what, self.fix = what, fix


class _Model(BaseModel):
    # The value of a wrong key may be a secret: pydantic's own messages, which --debug shows, leave it out.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)
    # Groups of keys of which an entry has exactly one.
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @model_validator(mode="after")
    def _check_alternatives(self) -> Self:
        for fields in self.alternatives:
            if sum(getattr(self, field) is not None for field in fields) != 1:
                *others, last = (field.rstrip("_") for field in fields)
                raise InvalidValueError(f"needs exactly one of {', '.join(others)} and {last}", "write one of them")
        return self


@lru_cache(CHECKED_EXPRESSIONS)
def check_selector(value: str) -> str:
    """The CSS selector itself. Raises InvalidValueError unless it can be parsed."""
    import soupsieve  # takes a tenth of a second to load, and few datasets have a selector

    _check_length(value, "CSS selector")
    try:
        with _ignore_warnings():
            soupsieve.compile(value)
    except (soupsieve.SelectorSyntaxError, RecursionError) as error:
        raise InvalidValueError(
            f"{value!r} is not a CSS selector ({str(error).splitlines()[0]})", "write one such as div.article"
        ) from error
    return value


def _check_length(value: str, noun: str) -> None:
    if len(value) > LONGEST_EXPRESSION:
        raise InvalidValueError(f"is a {noun} of {len(value):,} characters", f"write at most {LONGEST_EXPRESSION:,}")


@contextmanager
def _ignore_warnings() -> Iterator[None]:
    """No warning is shown of what is valid here, such as `[[a]`, and may mean something else in a later library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def is_web_address(text: str) -> bool:
    """Whether a text is an http(s) URL with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_webhook_address(text: str) -> bool:
    """Whether a text is an http(s) URL that can be posted to as it is."""
    return is_web_address(text) and text.isprintable() and " " not in text


def _check_address(value: str) -> str:
    try:
        url = HttpUrl(value)
    except ValidationError as error:
        # The cause is not chained: its text has the value.
        raise InvalidValueError(
            f"{omit_user(value)[:60]!r} is not a web address ({error.errors()[0]['msg']})",
            "write one such as https://example.org/plan",
        ) from None
    if url.username is not None or url.password is not None:
        raise InvalidValueError("the address holds a user name or password", "take it out: addresses are published")
    return value


def _check_contact(value: str) -> str:
    return value if CONTACT_EMAIL.fullmatch(value) else _check_address(value)


def _check_webhook(value: str) -> str:
    """Raise InvalidValueError without the value: the path of a webhook's address is the secret."""
    if not is_webhook_address(value) and not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", value):
        raise InvalidValueError("is not the address of a webhook", "write https://… or env:NAME")
    return value


def _check_cron(value: str) -> str:
    try:
        CronSim(value, datetime.now(UTC))
    except CronSimError as error:
        raise InvalidValueError(
            f"{value!r} is not a cron expression ({error})", "write five fields, for example '0 6 * * *'"
        ) from error
    return value


def _check_timezone(value: str) -> str:
    if value not in available_timezones():
        raise InvalidValueError(f"no time zone is called {value!r}", "write one such as Asia/Shanghai")
    return value


@lru_cache(CHECKED_EXPRESSIONS)
def _check_expression(value: str) -> str:
    _check_length(value, "regular expression")
    try:
        with _ignore_warnings():
            re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidValueError(
            f"{value!r} is not a regular expression ({error})", "write one such as '/plans/'"
        ) from error
    return value


Selector = Annotated[str, AfterValidator(check_selector)]
Address = Annotated[str, AfterValidator(_check_address)]
Entry = TypeVar("Entry")
# YAML has lists; strict validation takes no list for a tuple.
Several = Annotated[tuple[Entry, ...], Field(strict=False), FailFast()]


class Schedule(_Model):
    """When a dataset is published: a cron expression and its time zone."""

    cron: Annotated[str, Field(pattern=CRON_PATTERN), AfterValidator(_check_cron)] = Field(
        description="five cron fields, for example `0 6 * * *`"
    )
    timezone: Annotated[str, AfterValidator(_check_timezone)] = Field(
        default="UTC", description="a name of the IANA database, for example `Asia/Shanghai`"
    )

    def find_time_after(self, moment: datetime, count: int = 1) -> datetime | None:
        """The `count`-th scheduled time after `moment`, in UTC; None if the schedule ends before."""
        scheduled_times = CronSim(self.cron, moment.astimezone(ZoneInfo(self.timezone)))
        try:
            return [next(scheduled_times) for _ in range(count)][-1].astimezone(UTC)
        except StopIteration:
            return None


class Discovery(_Model):
    """Where new articles appear: an index page, a feed or a sitemap. Each article becomes a document."""

    alternatives = (("page", "feed", "sitemap"),)

    page: Address | None = Field(default=None, description="address of a page that links to the articles")
    feed: Address | None = Field(default=None, description="address of an RSS or Atom feed")
    sitemap: Address | None = Field(default=None, description="address of a sitemap, or of an index of sitemaps")
    match: Annotated[str, AfterValidator(_check_expression)] | None = Field(
        default=None, description="a regular expression; only articles whose address or title matches are taken"
    )
    links: Selector = Field(default="a[href]", description="a CSS selector of the links to articles (with `page`)")
    following: Selector | None = Field(
        default=None, description="a CSS selector of the link to the next index page (with `page`)"
    )
    pages: int = Field(default=5, ge=1, le=1000, description="maximum number of index pages or sitemaps per run")
    most: int = Field(default=100, ge=1, le=100_000, description="maximum number of new articles per run")

    @property
    def url(self) -> str:
        """The address that is fetched first."""
        return self.page or self.feed or self.sitemap or ""

    @property
    def kind(self) -> str:
        """`page`, `feed` or `sitemap`."""
        return "page" if self.page else "feed" if self.feed else "sitemap"


class Source(_Model):
    """One page that announces a plan, or an index, feed or sitemap if such pages appear."""

    alternatives = (("url", "discover"),)

    id: Identifier = Field(
        description="unique in the dataset; lower-case letters, digits and single dashes, for example `harbour-2021`"
    )
    url: Address | None = Field(default=None, description="the page's address, http or https")
    discover: Discovery | None = Field(default=None, description="where new articles appear; instead of `url`")
    language: Literal["en", "zh"] | None = Field(
        default=None, description="the articles' language, if it is not detected correctly"
    )
    selector: Selector | None = Field(
        default=None, description="a CSS selector of the article's text, if it is not found correctly"
    )
    tasks: str | None = Field(
        default=None, description="the label style of the tasks, as `policytasks extract --explain` names it"
    )
    place: str | None = Field(
        default=None,
        min_length=2,
        description="the jurisdiction of the plan, if neither issuer nor title names it, for example `重庆市`",
    )
    retired: str | None = Field(
        default=None, min_length=3, description="why the source is no longer fetched; its rows stay in the data"
    )

    @property
    def address(self) -> str:
        """The address that is fetched: of the page, or of the index, feed or sitemap."""
        return self.url or (self.discover.url if self.discover else "")


class Acceptance(_Model):
    """A person's decision to publish although a check failed. It is published with the release."""

    check: str = Field(description="the check's name, as the refusal states it")
    version: str | None = Field(
        default=None,
        pattern=VERSION_PATTERN,
        description="the version that it is accepted for, as the refusal states it; any version if left out",
    )
    reason: str = Field(min_length=10, description="why it is right to publish; published with the release")


class IdentityRule(_Model):
    """A person's decision on a row's id. The row is named by `words` or `id`; `is` or `is_not` states the decision."""

    alternatives = (("words", "id"), ("is_", "is_not"))

    words: str | None = Field(default=None, min_length=1, description="the words that the row begins with")
    id: str | None = Field(default=None, min_length=1, description="an id that the row was published under")
    is_: str | None = Field(default=None, alias="is", min_length=1, description="the id that the row must have")
    is_not: str | None = Field(default=None, min_length=1, description="an id that the row must not have")
    reason: str = Field(min_length=3, description="why; published with the release")

    @model_validator(mode="after")
    def _check_words(self) -> IdentityRule:
        if self.id is not None and self.is_ is None:
            raise InvalidValueError("is_not needs words", "name the row by words, or write is")
        return self


Cell = str | int | float | bool | date | None


class Correction(_Model):
    """A cell in which the source is wrong. It is corrected as long as the source states what is expected."""

    table: str = Field(description="the table's name, for example `tasks`")
    row: str = Field(description="the row's id; the parts of a composite key are joined by a space")
    column: str = Field(description="the column's name")
    expect: Cell = Field(description="what the source states, empty for nothing; anything else is not corrected")
    correct: Cell = Field(description="the right value, empty for nothing")
    reason: str = Field(min_length=3, description="why; published with the release")
    tell: str | None = Field(default=None, min_length=3, description="whom to inform of the mistake")


class Alias(_Model):
    """Other names of a body, which the built-in table of aliases does not have."""

    name: str = Field(min_length=1, description="the full name")
    also: Several[str] = Field(min_length=1, description="its other names")


class Limits(_Model):
    """Limits beyond which a release is refused, as shares from 0 to 1. Only documents in both versions count."""

    most_removed: float = Field(
        default=0.25, ge=0, le=1, strict=False, description="share of a table's rows that may be removed"
    )
    most_emptied: float = Field(
        default=0.25, ge=0, le=1, strict=False, description="share of a column's cells that may become empty"
    )


class Recipient(_Model):
    """Somebody who is notified of incidents and of new versions, by a webhook or by e-mail."""

    alternatives = (("webhook", "email"),)

    webhook: Annotated[str, AfterValidator(_check_webhook)] | None = Field(
        default=None,
        description="an address that accepts JSON; `env:NAME` takes it from the environment variable `NAME`",
    )
    email: str | None = Field(default=None, pattern=EMAIL_PATTERN, description="an e-mail address")
    on: Several[Literal["trouble", "published"]] = Field(
        default=("trouble", "published"),
        min_length=1,
        description="the events: `trouble` (an incident begins or ends), `published` (a new version)",
    )

    @model_validator(mode="before")
    @classmethod
    def _restore_key_on(cls, value: Any) -> Any:
        """Undo that YAML reads the key `on` as true."""
        if not isinstance(value, dict):
            return value
        return {"on" if key is True else key: setting for key, setting in value.items()}

    @property
    def address(self) -> str:
        """The webhook or e-mail address, as it is written in the file."""
        return self.webhook or self.email or ""


class Contributor(_Model):
    """A person or organisation behind the dataset, in the terms of the Data Package standard."""

    title: str = Field(description="the name of the person or organisation")
    roles: Several[str] = Field(default=(), description="their parts, for example `author`, `creator`, `publisher`")
    path: Address | None = Field(default=None, description="the address of their web page")


class Dataset(_Model):
    """A dataset: what is published under one name, and the sources that it is made of."""

    id: Identifier = Field(description="the file's name without `.yaml`; lower-case letters, digits and single dashes")
    title: str = Field(min_length=1, description="the dataset's name as readers see it")
    description: str = Field(default="", description="what the dataset contains, in a few sentences")
    licence: str = Field(
        min_length=1, description="the licence of the data, an SPDX identifier, for example `CC-BY-4.0`"
    )
    homepage: Address | None = Field(default=None, description="the address of a web page about the dataset")
    keywords: Several[str] = Field(default=(), description="words under which it can be found")
    contributors: Several[Contributor] = Field(
        default=(), description="who made and who publishes the dataset; used in citations"
    )
    contact: Annotated[str, AfterValidator(_check_contact)] | None = Field(
        default=None,
        min_length=5,
        description="an e-mail address or a URL at which the owner of a site can reach you; sent with every request "
        "(default: `homepage`)",
    )
    schedule: Schedule | None = Field(default=None, description="when to publish; only on demand if left out")
    delay: float = Field(
        default=DEFAULT_DELAY, ge=0, le=3600, strict=False, description="seconds between two requests to one host"
    )
    allow_hosts: Several[str] = Field(
        default=(), description="hosts (or `host:port`) that may be fetched although they are in a private network"
    )
    accept: Several[Acceptance] = Field(
        default=(), description="failed checks that a person accepts, each with a reason"
    )
    notify: Several[Recipient] = Field(default=(), description="who is notified, and of what")
    limits: Limits = Field(default=Limits(), description="how much may disappear before a release is refused")
    identity: Several[IdentityRule] = Field(default=(), description="decisions on which row has which id")
    corrections: Several[Correction] = Field(default=(), description="mistakes of the sources")
    aliases: Several[Alias] = Field(default=(), description="bodies with several names")
    sources: Several[Source] = Field(min_length=1, description="what the dataset is made of")

    @field_validator("id")
    @classmethod
    def _check_id(cls, value: str) -> str:
        if value in RESERVED_IDS:
            raise InvalidValueError(f"{value!r} is a folder of the catalog", "choose another id")
        return value

    @field_validator("aliases")
    @classmethod
    def _check_aliases(cls, value: tuple[Alias, ...]) -> tuple[Alias, ...]:
        full_names = {alias.name.casefold() for alias in value}
        short_names = Counter(name.casefold() for alias in value for name in {*alias.also})
        for name, times in short_names.items():
            if not name.strip():
                raise InvalidValueError("a name is blank", "write a name or remove it")
            if times > 1 or name in full_names:
                raise InvalidValueError(f"{name!r} is a name of two bodies", "give it to one of them")
        return value

    @field_validator("notify")
    @classmethod
    def _check_notify(cls, value: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        addresses = [recipient.address for recipient in value]
        first = {address: index for index, address in reversed(list(enumerate(addresses)))}
        repeated = next((index for index, address in enumerate(addresses) if first[address] < index), None)
        if repeated is not None:
            raise InvalidValueError(
                f"notify[{repeated}] has the address of an entry above it", "join the two, with both events under on:"
            )
        return value

    @field_validator("sources")
    @classmethod
    def _check_source_ids(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        repeated = sorted(name for name, times in Counter(source.id for source in value).items() if times > 1)
        if repeated:
            raise InvalidValueError(f"two sources have the id {repeated[0]!r}", "give each an id of its own")
        return value


def build_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a dataset's configuration file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Dataset.model_json_schema()}
