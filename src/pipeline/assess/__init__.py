"""Assesses sources: evidence from a fetch result, its outcome by a table of rules, the status of the source."""
