"""Annotated documents in, their figures out: each is read in a worker process, several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from config.errors import PolicyTasksError
from extract.reading import choose_media_type
from pipeline.evaluate.measures import Figures, measure_document
from pipeline.evaluate.truth import AnnotatedDocument
from pipeline.plan_json import describe_plan
from pipeline.progress import report_progress
from pipeline.read.workers import WORKERS, Document, limit_seconds


def measure_documents(documents: Sequence[AnnotatedDocument], jobs: int) -> Iterator[Figures]:
    """The figures of each document, in order; `jobs` are read at a time."""
    with ThreadPoolExecutor(jobs, "evaluating") as pool:
        for done, figures in enumerate(pool.map(_read_and_measure, documents), 1):
            report_progress("read", done, len(documents), "documents")
            yield figures


def _read_and_measure(document: AnnotatedDocument) -> Figures:
    """The figures of a document; one that cannot be read counts as read without anything."""
    try:
        content = document.source.read_bytes()
        media_type = choose_media_type(document.source.name, content)
        request = Document("", content, media_type, None, "", "")
        plan = WORKERS.call("read_plan_only", request, seconds=limit_seconds(len(content)))
    except (PolicyTasksError, OSError) as error:
        return measure_document(document, None, " ".join(str(error).split()))
    return measure_document(document, describe_plan(plan))
