"""What can be ordered: the typed models of `datasets/<id>.yaml`.

From these come validation, the error messages, and the JSON Schema (`datasets/schema.json`) by which an editor
completes and checks a file while it is written.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, field_validator, model_validator

LONGEST_ID = 80
ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
# Seconds between two requests to one host, where the dataset says nothing.
DEFAULT_DELAY = 1.0

# Folders that lie beside the datasets' own on the shelf.
RESERVED_IDS = ("assets", "zh")

Identifier = Annotated[str, Field(pattern=ID_PATTERN, max_length=LONGEST_ID)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _check_selector(value: str | None) -> str | None:
    if value is None:
        return None
    import soupsieve  # costs a tenth of a second, which those who have no selector need not pay

    try:
        soupsieve.compile(value)
    except soupsieve.SelectorSyntaxError as error:
        raise ValueError(f"no CSS selector: {str(error).splitlines()[0]}") from None
    return value


def _check_address(value: str | None) -> str | None:
    if value is not None and HttpUrl(value).username is not None:
        raise ValueError("an address is published, so it cannot hold a name or password")
    return value


class Schedule(_Model):
    """When a dataset is published: a cron expression and the time zone that it is meant in."""

    cron: str = Field(pattern=r"^\S+( \S+){4}$", description="five cron fields, for example '0 6 * * *'")
    timezone: str = Field(default="UTC", description="a name of the IANA database, for example Asia/Shanghai")

    @field_validator("cron")
    @classmethod
    def _check_cron(cls, value: str) -> str:
        try:
            CronSim(value, datetime.now(UTC))
        except CronSimError as error:
            raise ValueError(f"no cron expression ({error}); write five fields, for example '0 6 * * *'") from None
        return value

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"no time zone is called {value!r}; write one such as Asia/Shanghai")
        return value

    def find_time_after(self, moment: datetime, count: int = 1) -> datetime | None:
        """The nth scheduled time after a moment, in UTC; None where there is none any more."""
        scheduled_times = CronSim(self.cron, moment.astimezone(ZoneInfo(self.timezone)))
        try:
            return [next(scheduled_times) for _ in range(count)][-1].astimezone(UTC)
        except StopIteration:
            return None


class Discovery(_Model):
    """Where new articles show up: an index page, a feed or a sitemap. Each article becomes a document of its own."""

    page: str | None = Field(default=None, description="address of a page that links to the articles")
    feed: str | None = Field(default=None, description="address of an RSS or Atom feed")
    sitemap: str | None = Field(default=None, description="address of a sitemap, or of an index of sitemaps")
    match: str | None = Field(
        default=None, description="a regular expression; an article is taken where its address or title has it"
    )
    links: str = Field(default="a[href]", description="a CSS selector of the links to articles (page only)")
    following: str | None = Field(
        default=None, description="a CSS selector of the link to the next index page (page only)"
    )
    pages: int = Field(default=5, ge=1, le=1000, description="at most so many index pages or sitemaps a run")
    most: int = Field(default=100, ge=1, le=100_000, description="at most so many new articles a run")

    _selectors = field_validator("links", "following")(_check_selector)
    _addresses = field_validator("page", "feed", "sitemap")(_check_address)

    @field_validator("match")
    @classmethod
    def _check_match(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"no regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _check_one_address(self) -> Discovery:
        if sum(place is not None for place in (self.page, self.feed, self.sitemap)) != 1:
            raise ValueError("name one of page, feed and sitemap")
        return self

    @property
    def url(self) -> str:
        """The address that is asked first."""
        return self.page or self.feed or self.sitemap or ""

    @property
    def kind(self) -> str:
        """`page`, `feed` or `sitemap`."""
        return "page" if self.page else "feed" if self.feed else "sitemap"


class Source(_Model):
    """One page that announces a plan, or one place where such pages show up."""

    id: Identifier
    url: str | None = Field(default=None, description="the page's address, http or https")
    discover: Discovery | None = Field(default=None, description="where new articles show up, in place of a url")
    language: str | None = Field(default=None, pattern="^(en|zh)$", description="en or zh, where it is not told right")
    selector: str | None = Field(default=None, description="a CSS selector of the article, where the page is odd")
    tasks: str | None = Field(
        default=None, description="the label style that holds the tasks, as extract --explain names it"
    )
    place: str | None = Field(
        default=None,
        min_length=2,
        description="the place whose plan it is, where neither issuer nor title says it: 重庆市",
    )
    retired: str | None = Field(
        default=None, min_length=3, description="why it is not asked any more; what was captured stays in the data"
    )

    _selectors = field_validator("selector")(_check_selector)
    _addresses = field_validator("url")(_check_address)

    @model_validator(mode="after")
    def _check_address_or_discovery(self) -> Source:
        if (self.url is None) == (self.discover is None):
            raise ValueError("name either a url or what to discover")
        return self

    @property
    def address(self) -> str:
        """What is asked: the page, or the place where pages show up."""
        return self.url or (self.discover.url if self.discover else "")


class Acceptance(_Model):
    """A person's decision to publish although the named check does not hold; it is published with the release."""

    check: str = Field(description="the check's name, as the refusal says it")
    version: str | None = Field(
        default=None,
        pattern=r"^\d+\.\d+\.\d+$",
        description="the version that it is accepted for, as the refusal says it; any where none is named",
    )
    reason: str = Field(min_length=10, description="why it is right to publish; people will read it")


class IdentityRule(_Model):
    """A person's word on identity: the row with these words, or this id, is (or is not) the one with another id."""

    words: str | None = Field(default=None, min_length=1, description="the words that the row begins with")
    id: str | None = Field(default=None, min_length=1, description="an id that was published for it")
    is_: str | None = Field(default=None, alias="is", min_length=1, description="the id that it has to have")
    is_not: str | None = Field(default=None, min_length=1, description="an id that it was taken for, and is not")
    reason: str = Field(min_length=3, description="why; it is published")

    @model_validator(mode="after")
    def _check_row_and_decision(self) -> IdentityRule:
        if (self.words is None) == (self.id is None):
            raise ValueError("name the row either by its words or by an id")
        if (self.is_ is None) == (self.is_not is None):
            raise ValueError("say either what it is or what it is_not")
        if self.id is not None and self.is_ is None:
            raise ValueError("an id can only be another id: say what it is")
        return self


Cell = str | int | float | bool | date | None


class Correction(_Model):
    """A cell in which the source is mistaken. It is corrected for as long as the source says what is expected."""

    table: str = Field(description="the table's name, such as tasks")
    row: str = Field(description="the row's id; its parts joined by a space where there are several")
    column: str = Field(description="the column's name")
    expect: Cell = Field(description="what the source says; where it says anything else, nothing is corrected")
    correct: Cell = Field(description="what is right")
    reason: str = Field(min_length=3, description="why; it is published")
    tell: str | None = Field(default=None, min_length=3, description="who is to be told of the mistake")


class Alias(_Model):
    """A body of many names, which the table of aliases does not know."""

    name: str = Field(min_length=1, description="the name in full")
    also: tuple[str, ...] = Field(min_length=1, strict=False, description="what else it is called")


class Limits(_Model):
    """From where on a release is refused as unlikely: shares, from 0 to 1, of what the same documents had before."""

    most_removed: float = Field(default=0.25, ge=0, le=1, strict=False, description="of a table's rows")
    most_emptied: float = Field(default=0.25, ge=0, le=1, strict=False, description="of a column's cells")


class Recipient(_Model):
    """Somebody who is told of troubles and their ends, and of new versions: by a webhook or by e-mail."""

    webhook: str | None = Field(
        default=None,
        description="an address that takes JSON, or env:NAME for one that the environment holds under that name",
    )
    email: str | None = Field(default=None, pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", description="an e-mail address")
    on: tuple[Literal["trouble", "published"], ...] = Field(
        default=("trouble", "published"),
        min_length=1,
        strict=False,
        description="what is told: trouble (and its end), published; both if not said",
    )

    @model_validator(mode="before")
    @classmethod
    def _restore_key_on(cls, value: Any) -> Any:
        """YAML takes the word on for a yes."""
        return (
            {"on" if key is True else key: setting for key, setting in value.items()}
            if isinstance(value, dict)
            else value
        )

    @field_validator("webhook")
    @classmethod
    def _check_webhook(cls, value: str | None) -> str | None:
        if value is None or re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", value):
            return value
        try:
            parts = urlsplit(value)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address or not value.isprintable() or " " in value:
            raise ValueError("no address of a webhook; write https://… or env:NAME")
        return value

    @model_validator(mode="after")
    def _check_one_channel(self) -> Recipient:
        if (self.webhook is None) == (self.email is None):
            raise ValueError("name either a webhook or an email")
        return self

    @property
    def address(self) -> str:
        """Where the message goes, as it is written."""
        return self.webhook or self.email or ""


class Contributor(_Model):
    """Who stands behind a dataset, as the Data Package standard names it."""

    title: str
    roles: tuple[str, ...] = Field(default=(), strict=False)
    path: str | None = None


class Dataset(_Model):
    """What is published under one name: a title, a licence, a schedule and the sources it is made of."""

    id: Identifier = Field(description="the file's name without .yaml")
    title: str = Field(min_length=1)
    description: str = ""
    licence: str = Field(min_length=1, description="an SPDX identifier, for example CC-BY-4.0")
    homepage: str | None = None
    keywords: tuple[str, ...] = Field(default=(), strict=False)
    contributors: tuple[Contributor, ...] = Field(default=(), strict=False)
    contact: str | None = Field(
        default=None, min_length=5, description="an address where a site's owner reaches who runs this; sent along"
    )
    schedule: Schedule | None = None
    delay: float = Field(
        default=DEFAULT_DELAY,
        ge=0,
        le=3600,
        strict=False,
        description="seconds between two requests to one host; 1 if not said",
    )
    allow_hosts: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="hosts (or host:port) that may be asked although they lie in a private network",
    )
    accept: tuple[Acceptance, ...] = Field(default=(), strict=False)
    notify: tuple[Recipient, ...] = Field(default=(), strict=False)
    limits: Limits = Limits()
    identity: tuple[IdentityRule, ...] = Field(default=(), strict=False)
    corrections: tuple[Correction, ...] = Field(default=(), strict=False)
    aliases: tuple[Alias, ...] = Field(default=(), strict=False)
    sources: tuple[Source, ...] = Field(min_length=1, strict=False)

    @field_validator("id")
    @classmethod
    def _check_id(cls, value: str) -> str:
        if value in RESERVED_IDS:
            raise ValueError(f"{value!r} is a folder of the catalog's own; choose another id")
        return value

    @field_validator("aliases")
    @classmethod
    def _check_aliases(cls, value: tuple[Alias, ...]) -> tuple[Alias, ...]:
        full_names = {alias.name.casefold() for alias in value}
        short_names = Counter(name.casefold() for alias in value for name in {*alias.also})
        for name, times in short_names.items():
            if not name.strip():
                raise ValueError("a name cannot be blank")
            if times > 1 or name in full_names:
                raise ValueError(f"{name!r} is a name of two bodies; give it to one of them")
        return value

    @field_validator("notify")
    @classmethod
    def _check_notify(cls, value: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        repeated = [
            index
            for index, recipient in enumerate(value)
            if recipient.address in {earlier.address for earlier in value[:index]}
        ]
        if repeated:
            raise ValueError(f"notify[{repeated[0]}] is who stands there already; join what they are told under on:")
        return value

    @field_validator("sources")
    @classmethod
    def _check_source_ids(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        repeated = sorted(name for name, times in Counter(source.id for source in value).items() if times > 1)
        if repeated:
            raise ValueError(f"two sources are called {repeated[0]!r}; give each an id of its own")
        return value


def build_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a dataset's file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Dataset.model_json_schema()}
