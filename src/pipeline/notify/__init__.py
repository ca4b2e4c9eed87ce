"""Tells people what is new after a run: incidents, their ends and new versions."""
