"""Reads what is ordered: one YAML file a dataset in, one checked `Dataset` out. No network."""
