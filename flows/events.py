"""Prefect events of what is new after a run, so that Prefect's automations can act on it."""

from __future__ import annotations

from prefect.events import emit_event

from pipeline.notify.incidents import SOURCE, NewsItem

# The event's name, by the kind of item and whether it is about a source.
EVENTS = {
    ("trouble", True): "policytasks.source.broke",
    ("mended", True): "policytasks.source.mended",
    ("trouble", False): "policytasks.dataset.broke",
    ("mended", False): "policytasks.dataset.mended",
    ("published", False): "policytasks.published",
}


def emit_news(item: NewsItem, dataset_id: str) -> None:
    """Emit the event of one item."""
    kind, _, source_id = item.about.partition(":")
    is_source = kind == SOURCE
    dataset = {"prefect.resource.id": f"policytasks.dataset.{dataset_id}", "prefect.resource.name": dataset_id}
    source = {"prefect.resource.id": f"policytasks.source.{source_id}", "prefect.resource.name": source_id}
    details = {"version": item.about, "summary": item.line} if item.kind == "published" else {"why": item.line}
    emit_event(
        EVENTS[item.kind, is_source],
        resource=source if is_source else dataset,
        related=[{**dataset, "prefect.resource.role": "dataset"}] if is_source else [],
        payload={"about": item.about, "since": item.since.isoformat(), **details},
    )
