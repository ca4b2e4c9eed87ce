"""Random inputs for every function that reads what strangers send: `python -m tests.fuzz MINUTES [TARGET]`."""
