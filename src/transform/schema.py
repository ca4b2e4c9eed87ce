"""Every table and column that is published.

The one place from which validation, Parquet fields, the data dictionary and the metadata files are made.

A column is either *content*, what the documents say, or *provenance*, where and when it was found, and what follows
from other columns (`compared=False`). Only content is compared between versions: a page fetched anew, or an advert
above the text, moves spans and captures but changes no data.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

# By the recipe of a dataset's version: a column gone or renamed → major; added → minor; described better → patch.
SCHEMA_VERSION = "2.1.0"
# What the schema's next version will change, a sentence each ("3.0.0: …"): published with every release until it has
# come, so that nobody meets a change that was not announced.
UPCOMING_CHANGES: tuple[str, ...] = ()

ARROW_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `type` is one of the Table Schema standard's names, `enum` the values allowed (all where empty)."""

    name: str
    type: str
    description: str
    nullable: bool = False
    enum: tuple[str, ...] = ()
    compared: bool = True


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column whose values are keys of another table."""

    column: str
    table: str
    references: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table. Its rows are recognised in another version by `identity`: by the key, unless stated."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    identity_columns: tuple[str, ...] = ()
    compared: bool = True

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns by which a row is recognised in another version."""
        return self.identity_columns or self.key

    @property
    def content(self) -> tuple[str, ...]:
        """The names of the columns that are compared between versions."""
        return tuple(column.name for column in self.columns if column.compared)


DOCUMENT = Column("document_id", "string", "The document that this row belongs to.")
TO_DOCUMENT = ForeignKey("document_id", "documents", "document_id")

TABLES: dict[str, TableSpec] = {
    table.name: table
    for table in (
        TableSpec(
            "documents",
            "One row is one plan as announced in one article.",
            ("document_id",),
            (
                Column("document_id", "string", "Readable id, minted once and never reused."),
                Column("source_id", "string", "The source, as the dataset's order book names it."),
                Column(
                    "capture_id", "string", "SHA-256 of the raw capture that this row was read from.", compared=False
                ),
                Column("url", "string", "Address of the article."),
                Column("title", "string", "Title of the article, exactly as it stands there.", nullable=True),
                Column("plan_title", "string", "Title of the plan that the article announces.", nullable=True),
                Column("document_number", "string", "Official number of the plan (文号).", nullable=True),
                Column("issuers", "string", "Bodies that issued the plan, separated by '; '.", nullable=True),
                Column("site", "string", "Name of the site that published the article.", nullable=True),
                Column("byline", "string", "Author named by the article.", nullable=True),
                Column("credited_source", "string", "Medium that the article says it was taken from.", nullable=True),
                Column("published_date", "date", "Day on which the article was published.", nullable=True),
                Column("signed_date", "date", "Day on which the plan was signed or issued.", nullable=True),
                Column("language", "string", "Language of the article (ISO 639-1).", enum=("en", "zh")),
                Column(
                    "place",
                    "string",
                    "Place whose plan it is, where it is known; short names of bodies in it are meant of this place.",
                    nullable=True,
                ),
                Column("area_count", "integer", "Number of areas found in the document."),
                Column("task_count", "integer", "Number of tasks found in the document, sub-tasks not counted."),
            ),
            (ForeignKey("capture_id", "captures", "capture_id"),),
        ),
        TableSpec(
            "areas",
            "One row is one section of a document that groups tasks.",
            ("area_id",),
            (
                Column("area_id", "string", "Readable id, minted once and never reused."),
                DOCUMENT,
                Column("ordinal", "integer", "Place of the area in the document, from 1."),
                Column(
                    "label",
                    "string",
                    "Label exactly as the document writes it, such as (I) or 一、.; empty where it writes none.",
                    nullable=True,
                ),
                Column("title", "string", "Heading without the label.", nullable=True),
                Column(
                    "kind",
                    "string",
                    "core: part of the plan; safeguard: secures it (保障措施, 组织实施).",
                    enum=("core", "safeguard"),
                ),
            ),
            (TO_DOCUMENT,),
        ),
        TableSpec(
            "tasks",
            "One row is one task, or sub-task, of a plan.",
            ("task_id",),
            (
                Column(
                    "task_id",
                    "string",
                    "Readable id, minted once and never reused; it stays when the source renumbers or rewords.",
                ),
                DOCUMENT,
                Column(
                    "area_id",
                    "string",
                    "The area that the task stands under; empty where the plan has no areas.",
                    nullable=True,
                ),
                Column(
                    "parent_task_id", "string", "The task that this is a sub-task of; empty for tasks.", nullable=True
                ),
                Column("level", "integer", "1 for a task, 2 for a sub-task."),
                Column(
                    "ordinal",
                    "integer",
                    "The number that the label stands for; without a label, the place among its neighbours, from 1.",
                ),
                Column(
                    "label",
                    "string",
                    "Label exactly as the document writes it, such as 7. or （七）.; empty where it writes none.",
                    nullable=True,
                ),
                Column(
                    "title",
                    "string",
                    "Heading sentence of the text, without its full stop; follows from text.",
                    compared=False,
                ),
                Column("text", "string", "The whole task exactly as the document writes it, without the label."),
                Column("kind", "string", "core or safeguard, as its area.", enum=("core", "safeguard")),
                Column("deadline", "date", "Last day of the deadline stated for the task.", nullable=True),
                Column("deadline_stated", "string", "The deadline in the document's words.", nullable=True),
                Column(
                    "span_start",
                    "integer",
                    "Where text begins in the capture's reading text, in code points from 0.",
                    compared=False,
                ),
                Column("span_end", "integer", "Where text ends (exclusive).", compared=False),
                Column("deep_link", "string", "Opens the live page at the task (URL text fragment).", compared=False),
            ),
            (TO_DOCUMENT, ForeignKey("area_id", "areas", "area_id"), ForeignKey("parent_task_id", "tasks", "task_id")),
        ),
        TableSpec(
            "assignments",
            "One row is one body's part in one task, as the document states it.",
            ("task_id", "body_id", "role"),
            (
                Column("task_id", "string", "The task."),
                Column("body_id", "string", "The body."),
                Column(
                    "role",
                    "string",
                    "lead, support, or responsible where the document makes no difference.",
                    enum=("lead", "support", "responsible"),
                ),
                Column("stated_as", "string", "The body's name in the document's words."),
            ),
            (ForeignKey("task_id", "tasks", "task_id"), ForeignKey("body_id", "bodies", "body_id")),
        ),
        TableSpec(
            "bodies",
            "One row is one organisation, team, office or party that a document names.",
            ("body_id",),
            (
                Column("body_id", "string", "Readable id, minted once and never reused."),
                Column("name", "string", "Name in full where it is known, else as first stated."),
                Column("language", "string", "Language of the name (ISO 639-1).", enum=("en", "zh")),
                Column(
                    "kind",
                    "string",
                    "What kind of body it is; party: one that signed the plan or agreed on it.",
                    enum=("organisation", "office", "team", "party"),
                ),
            ),
        ),
        TableSpec(
            "mentions",
            "One row is one body that one document names, and what it is there.",
            ("document_id", "body_id"),
            (
                DOCUMENT,
                Column("body_id", "string", "The body."),
                Column("stated_as", "string", "The body's name in the document's words, where it is first named."),
                Column(
                    "kind",
                    "string",
                    "What it is in this document; party: one that signed the plan or agreed on it.",
                    enum=("organisation", "office", "team", "party"),
                ),
            ),
            (TO_DOCUMENT, ForeignKey("body_id", "bodies", "body_id")),
        ),
        TableSpec(
            "claims",
            "One row is one count that a document states about itself, and whether it was found so.",
            ("claim_id",),
            (
                Column("claim_id", "string", "Readable id, minted once and never reused."),
                DOCUMENT,
                Column("quote", "string", "The words that state the count."),
                Column("counted", "string", "What is counted, such as tasks or areas."),
                Column("stated", "integer", "The number that the document states."),
                Column(
                    "found",
                    "integer",
                    "The number that was found; empty where the text offers nothing to count.",
                    nullable=True,
                ),
                Column(
                    "holds",
                    "boolean",
                    "Whether both are the same; empty where nothing could be counted.",
                    nullable=True,
                ),
            ),
            (TO_DOCUMENT,),
        ),
        TableSpec(
            "citations",
            "One row is one other document that a document cites.",
            ("citation_id",),
            (
                Column("citation_id", "string", "Readable id, minted once and never reused."),
                DOCUMENT,
                Column("title", "string", "Title of the cited document."),
                Column("years", "string", "Years stated with the title, such as 2018-2022.", nullable=True),
            ),
            (TO_DOCUMENT,),
        ),
        TableSpec(
            "captures",
            "One row is one raw capture that this release was made from.",
            ("capture_id",),
            (
                Column("capture_id", "string", "SHA-256 of the bytes as they were served.", compared=False),
                Column("source_id", "string", "The source, as the dataset's order book names it."),
                Column("url", "string", "Address that the capture was taken from."),
                Column("fetched_at", "datetime", "When it was fetched or provided (UTC).", compared=False),
                Column("media_type", "string", "Media type of the bytes.", compared=False),
                Column(
                    "encoding", "string", "Character encoding that the server declared.", nullable=True, compared=False
                ),
                Column("byte_count", "integer", "Number of bytes.", compared=False),
            ),
            identity_columns=("source_id",),
        ),
        TableSpec(
            "changes",
            "One row is one row added or removed, or one cell altered, since the previous version; provenance apart.",
            ("table_name", "row_id", "column_name"),
            (
                Column("table_name", "string", "The table."),
                Column("row_id", "string", "Key of the row; its parts are joined by a space where there are several."),
                Column("change", "string", "What happened.", enum=("added", "removed", "altered")),
                Column("column_name", "string", "The altered column; * where the whole row was added or removed."),
                Column("before", "string", "Earlier value; of a removed row its content as JSON.", nullable=True),
                Column("after", "string", "Later value; of an added row its content as JSON.", nullable=True),
            ),
            compared=False,
        ),
        TableSpec(
            "corrections",
            "One row is one cell that differs from what the source says, since the source is mistaken.",
            ("table_name", "row_id", "column_name"),
            (
                Column("table_name", "string", "The table."),
                Column("row_id", "string", "Key of the row; its parts are joined by a space where there are several."),
                Column("column_name", "string", "The corrected column."),
                Column("stated", "string", "What the source says; empty where it says nothing.", nullable=True),
                Column("corrected", "string", "What stands here instead.", nullable=True),
                Column("reason", "string", "Why."),
                Column("tell", "string", "Who is to be told of the mistake.", nullable=True),
            ),
            compared=False,
        ),
        TableSpec(
            "id_history",
            "One row is one thing that happened to an id: what became of it, and in which version.",
            ("table_name", "old_id", "version", "ordinal"),
            (
                Column("table_name", "string", "The table in which the id is a row's."),
                Column("old_id", "string", "The id."),
                Column("version", "string", "Version in which it happened."),
                Column("ordinal", "integer", "1, 2 … where one id became several in that version."),
                Column("new_id", "string", "The id that it became; empty where it became none.", nullable=True),
                Column(
                    "event",
                    "string",
                    "removed: no longer in the data; returned: back under its own id; split: a part of it is now "
                    "new_id; merged: it is now a part of new_id, or the same as it; renamed: it is new_id now, by a "
                    "person's word; withdrawn: the version that had it was withdrawn.",
                    enum=("removed", "returned", "split", "merged", "renamed", "withdrawn"),
                ),
                Column("reason", "string", "Why."),
                Column(
                    "score",
                    "number",
                    "Likeness, from 0 to 1, where it was found by likeness.",
                    nullable=True,
                ),
                Column(
                    "fingerprint",
                    "string",
                    "SHA-256 of the words that stood under the id last; by it a row that returns is recognised.",
                    nullable=True,
                ),
            ),
            compared=False,
        ),
    )
}


# The tables whose rows have an id that was minted, and the column that holds it.
MINTED = {
    "areas": "area_id",
    "tasks": "task_id",
    "bodies": "body_id",
    "claims": "claim_id",
    "citations": "citation_id",
}


def build_arrow_schema(table: TableSpec) -> pa.Schema:
    """The table's Arrow schema, with each column's description in its field's metadata."""
    return pa.schema(
        [
            pa.field(column.name, ARROW_TYPES[column.type], column.nullable, {"description": column.description})
            for column in table.columns
        ],
        {"description": table.description},
    )
