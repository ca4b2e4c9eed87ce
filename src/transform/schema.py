"""Every table and column that is published.

Validation, Parquet fields, the data dictionary and all metadata formats are made from this module.

A column is either *content*, which is what the documents state, or *provenance* (`compared=False`): where and when it
was found, or what follows from other columns. Only content is compared between versions: a page that is fetched again,
or an advert above the text, moves spans and captures but changes no data.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

# A column removed or renamed → major; added → minor; a description improved → patch.
SCHEMA_VERSION = "2.1.0"
# What the next schema version will change, one sentence each ("3.0.0: …"). Published with every release until then, so
# that no change comes unannounced.
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
    """A column of a published table.

    `type` is a type name of the Table Schema standard, a key of ARROW_TYPES. `enum` lists the allowed values; empty
    means any. `compared` is False for provenance. `example` is a value as the CSV file writes it. `refers_to` is the
    table of whose key the values are.
    """

    name: str
    type: str
    description: str
    nullable: bool = False
    enum: tuple[str, ...] = ()
    compared: bool = True
    example: str = ""
    refers_to: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column whose values are keys of another table."""

    column: str
    table: str
    references: str


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A published table. `identity_columns` identify a row across versions, if its key does not."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    identity_columns: tuple[str, ...] = ()
    compared: bool = True

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that identify a row across versions."""
        return self.identity_columns or self.key

    @property
    def content(self) -> tuple[str, ...]:
        """The names of the columns that are compared between versions."""
        return tuple(column.name for column in self.columns if column.compared)

    @property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        """The columns whose values are keys of other tables, in their order."""
        return tuple(
            ForeignKey(column.name, column.refers_to, TABLES[column.refers_to].key[0])
            for column in self.columns
            if column.refers_to
        )


DOCUMENT = Column(
    "document_id", "string", "The document that this row belongs to.", example="harbour-2021", refers_to="documents"
)

# One line a column.
# fmt: off
TABLES: dict[str, TableSpec] = {
    table.name: table
    for table in (
        TableSpec(
            "documents",
            "One row is one plan as announced in one article.",
            ("document_id",),
            (
                Column("document_id", "string", "Readable id, minted once and never reused.", example="harbour-2021"),
                Column("source_id", "string", "The source, as the dataset's order book names it.", example="harbour-2021"),
                Column("capture_id", "string", "SHA-256 of the raw capture that this row was read from.", compared=False, example="9f86d081884c7d65…", refers_to="captures"),
                Column("url", "string", "Address of the article.", example="https://www.harbourtimes.example/plan"),
                Column("title", "string", "Title of the article, exactly as it stands there.", nullable=True, example="Harbour Towns Agree on Shared Ferries"),
                Column("plan_title", "string", "Title of the plan that the article announces.", nullable=True, example="Harbour Towns Plan 2021-2025"),
                Column("document_number", "string", "Official number of the plan (文号).", nullable=True, example="渝府发〔2021〕5号"),
                Column("issuers", "string", "Bodies that issued the plan, separated by '; '.", nullable=True, example="Northport Town Council; Saltby Town Council"),
                Column("site", "string", "Name of the site that published the article.", nullable=True, example="Harbour Times"),
                Column("byline", "string", "Author named by the article.", nullable=True, example="Anna Quay"),
                Column("credited_source", "string", "Medium that the article says it was taken from.", nullable=True, example="Bay News Agency"),
                Column("published_date", "date", "Day on which the article was published.", nullable=True, example="2021-03-04"),
                Column("signed_date", "date", "Day on which the plan was signed or issued.", nullable=True, example="2021-02-26"),
                Column("language", "string", "Language of the article (ISO 639-1).", enum=("en", "zh"), example="en"),
                Column("place", "string", "Place whose plan it is, where it is known; short names of bodies in it are meant of this place.", nullable=True, example="重庆市"),
                Column("area_count", "integer", "Number of areas found in the document.", example="2"),
                Column("task_count", "integer", "Number of tasks found in the document, sub-tasks not counted.", example="4"),
            ),
        ),
        TableSpec(
            "areas",
            "One row is one section of a document that groups tasks.",
            ("area_id",),
            (
                Column("area_id", "string", "Readable id, minted once and never reused.", example="harbour-2021/a01"),
                DOCUMENT,
                Column("ordinal", "integer", "Place of the area in the document, from 1.", example="1"),
                Column("label", "string", "Label exactly as the document writes it, such as (I) or 一、.; empty where it writes none.", nullable=True, example="(I)"),
                Column("title", "string", "Heading without the label.", nullable=True, example="Sharing Ferries"),
                Column("kind", "string", "core: part of the plan; safeguard: secures it (保障措施, 组织实施).", enum=("core", "safeguard"), example="core"),
            ),
        ),
        TableSpec(
            "tasks",
            "One row is one task, or sub-task, of a plan.",
            ("task_id",),
            (
                Column("task_id", "string", "Readable id, minted once and never reused; it stays when the source renumbers or rewords.", example="harbour-2021/t01"),
                DOCUMENT,
                Column("area_id", "string", "The area that the task stands under; empty where the plan has no areas.", nullable=True, example="harbour-2021/a01", refers_to="areas"),
                Column("parent_task_id", "string", "The task that this is a sub-task of; empty for tasks.", nullable=True, example="harbour-2021/t01", refers_to="tasks"),
                Column("level", "integer", "1 for a task, 2 for a sub-task.", example="1"),
                Column("ordinal", "integer", "The number that the label stands for; without a label, the place among its neighbours, from 1.", example="1"),
                Column("label", "string", "Label exactly as the document writes it, such as 7. or （七）.; empty where it writes none.", nullable=True, example="1."),
                Column("title", "string", "Heading sentence of the text, without its full stop; follows from text.", compared=False, example="Run one timetable for all ferries"),
                Column("text", "string", "The whole task exactly as the document writes it, without the label.", example="Run one timetable for all ferries. It starts before the end of 2023."),
                Column("kind", "string", "core or safeguard, as its area.", enum=("core", "safeguard"), example="core"),
                Column("deadline", "date", "Last day of the deadline stated for the task.", nullable=True, example="2023-12-31"),
                Column("deadline_stated", "string", "The deadline in the document's words.", nullable=True, example="before the end of 2023"),
                Column("span_start", "integer", "Where text begins in the capture's reading text, in code points from 0.", compared=False, example="120"),
                Column("span_end", "integer", "Where text ends (exclusive).", compared=False, example="188"),
                Column("deep_link", "string", "Opens the live page at the task (URL text fragment).", compared=False, example="https://www.harbourtimes.example/plan#:~:text=Run%20one%20timetable"),
            ),
        ),
        TableSpec(
            "assignments",
            "One row is one body's part in one task, as the document states it.",
            ("task_id", "body_id", "role"),
            (
                Column("task_id", "string", "The task.", example="harbour-2021/t01", refers_to="tasks"),
                Column("body_id", "string", "The body.", example="northport-ferry-office", refers_to="bodies"),
                Column("role", "string", "lead, support, or responsible where the document makes no difference.", enum=("lead", "support", "responsible"), example="lead"),
                Column("stated_as", "string", "The body's name in the document's words.", example="the Northport Ferry Office"),
            ),
        ),
        TableSpec(
            "bodies",
            "One row is one organisation, team, office or party that a document names.",
            ("body_id",),
            (
                Column("body_id", "string", "Readable id, minted once and never reused.", example="northport-ferry-office"),
                Column("name", "string", "Name in full where it is known, else as first stated.", example="Northport Ferry Office"),
                Column("language", "string", "Language of the name (ISO 639-1).", enum=("en", "zh"), example="en"),
                Column("kind", "string", "What kind of body it is; party: one that signed the plan or agreed on it.", enum=("organisation", "office", "team", "party"), example="office"),
            ),
        ),
        TableSpec(
            "mentions",
            "One row is one body that one document names, and what it is there.",
            ("document_id", "body_id"),
            (
                DOCUMENT,
                Column("body_id", "string", "The body.", example="northport-ferry-office", refers_to="bodies"),
                Column("stated_as", "string", "The body's name in the document's words, where it is first named.", example="the Northport Ferry Office"),
                Column("kind", "string", "What it is in this document; party: one that signed the plan or agreed on it.", enum=("organisation", "office", "team", "party"), example="office"),
            ),
        ),
        TableSpec(
            "claims",
            "One row is one count that a document states about itself, and whether it was found so.",
            ("claim_id",),
            (
                Column("claim_id", "string", "Readable id, minted once and never reused.", example="harbour-2021/claim-tasks"),
                DOCUMENT,
                Column("quote", "string", "The words that state the count.", example="4 tasks in 2 areas"),
                Column("counted", "string", "What is counted, such as tasks or areas.", example="tasks"),
                Column("stated", "integer", "The number that the document states.", example="4"),
                Column("found", "integer", "The number that was found; empty where the text offers nothing to count.", nullable=True, example="4"),
                Column("holds", "boolean", "Whether both are the same; empty where nothing could be counted.", nullable=True, example="true"),
            ),
        ),
        TableSpec(
            "citations",
            "One row is one other document that a document cites.",
            ("citation_id",),
            (
                Column("citation_id", "string", "Readable id, minted once and never reused.", example="harbour-2021/c01"),
                DOCUMENT,
                Column("title", "string", "Title of the cited document.", example="Bay Transport Strategy"),
                Column("years", "string", "Years stated with the title, such as 2018-2022.", nullable=True, example="2018-2022"),
            ),
        ),
        TableSpec(
            "captures",
            "One row is one raw capture that this release was made from.",
            ("capture_id",),
            (
                Column("capture_id", "string", "SHA-256 of the bytes as they were served.", compared=False, example="9f86d081884c7d65…"),
                Column("source_id", "string", "The source, as the dataset's order book names it.", example="harbour-2021"),
                Column("url", "string", "Address that the capture was taken from.", example="https://www.harbourtimes.example/plan"),
                Column("fetched_at", "datetime", "When it was fetched or provided (UTC).", compared=False, example="2021-03-05T06:00:00Z"),
                Column("media_type", "string", "Media type of the bytes.", compared=False, example="text/html"),
                Column("encoding", "string", "Character encoding that the server declared.", nullable=True, compared=False, example="utf-8"),
                Column("byte_count", "integer", "Number of bytes.", compared=False, example="18342"),
            ),
            identity_columns=("source_id",),
        ),
        TableSpec(
            "changes",
            "One row is one row added or removed, or one cell altered, since the previous version; provenance apart.",
            ("table_name", "row_id", "column_name"),
            (
                Column("table_name", "string", "The table.", example="tasks"),
                Column("row_id", "string", "Key of the row; its parts are joined by a space where there are several.", example="harbour-2021/t01"),
                Column("change", "string", "What happened.", enum=("added", "removed", "altered"), example="altered"),
                Column("column_name", "string", "The altered column; * where the whole row was added or removed.", example="text"),
                Column("before", "string", "Earlier value; of a removed row its content as JSON.", nullable=True, example="Run one timetable for all ferries."),
                Column("after", "string", "Later value; of an added row its content as JSON.", nullable=True, example="Run one timetable for all ferries and buses."),
            ),
            compared=False,
        ),
        TableSpec(
            "corrections",
            "One row is one cell that differs from what the source says, since the source is mistaken.",
            ("table_name", "row_id", "column_name"),
            (
                Column("table_name", "string", "The table.", example="tasks"),
                Column("row_id", "string", "Key of the row; its parts are joined by a space where there are several.", example="harbour-2021/t01"),
                Column("column_name", "string", "The corrected column.", example="text"),
                Column("stated", "string", "What the source says; empty where it says nothing.", nullable=True, example="Run one timetable for al ferries."),
                Column("corrected", "string", "What stands here instead.", nullable=True, example="Run one timetable for all ferries."),
                Column("reason", "string", "Why.", example="misprint; the printed plan says all"),
                Column("tell", "string", "Who is to be told of the mistake.", nullable=True, example="editor@harbourtimes.example"),
            ),
            compared=False,
        ),
        TableSpec(
            "id_history",
            "One row is one thing that happened to an id: what became of it, and in which version.",
            ("table_name", "old_id", "version", "ordinal"),
            (
                Column("table_name", "string", "The table in which the id is a row's.", example="tasks"),
                Column("old_id", "string", "The id.", example="harbour-2021/t04"),
                Column("version", "string", "Version in which it happened.", example="2.0.0"),
                Column("ordinal", "integer", "1, 2 … where one id became several in that version.", example="1"),
                Column("new_id", "string", "The id that it became; empty where it became none.", nullable=True, example="harbour-2021/t02"),
                Column(
                    "event",
                    "string",
                    "removed: no longer in the data; returned: back under its own id; split: a part of it is now "
                    "new_id; merged: it is now a part of new_id, or the same as it; renamed: it is new_id now, by a "
                    "person's word; withdrawn: the version that had it was withdrawn.",
                    enum=("removed", "returned", "split", "merged", "renamed", "withdrawn"),
                    example="merged",
                ),
                Column("reason", "string", "Why.", example="its words are now a part of another row"),
                Column("score", "number", "Likeness, from 0 to 1, where it was found by likeness.", nullable=True, example="0.93"),
                Column("fingerprint", "string", "SHA-256 of the words that stood under the id last; by it a row that returns is recognised.", nullable=True, example="2c26b46b68ffc68f…"),
            ),
            compared=False,
        ),
    )
}
# fmt: on


# The tables whose rows have minted ids, with the column that holds them.
MINTED = {
    "areas": "area_id",
    "tasks": "task_id",
    "bodies": "body_id",
    "claims": "claim_id",
    "citations": "citation_id",
}


def build_arrow_schema(table: TableSpec) -> pa.Schema:
    """The Arrow schema of a table, with each column's description in the metadata of its field."""
    return pa.schema(
        [
            pa.field(column.name, ARROW_TYPES[column.type], column.nullable, {"description": column.description})
            for column in table.columns
        ],
        {"description": table.description},
    )
