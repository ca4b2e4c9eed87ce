"""Proves a release: every file as published, the newest version made again from the archive."""
