"""Reads captures into plans: a cache of what was read, and the executors that read."""
