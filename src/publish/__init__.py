"""The press: a draft in, an immutable release on the shelf out. Nothing here extracts."""
