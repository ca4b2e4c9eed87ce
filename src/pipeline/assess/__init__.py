"""Judges what a check of a source means: evidence in, an outcome, its reason and the source's status out."""
