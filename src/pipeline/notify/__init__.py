"""Sends messages about what is new after a run: incidents, their ends and new versions."""
