"""The run: sources in, a release and its pages out. `run.py` has it on one page. No Prefect, no argument parsing."""
