"""The conductor: Prefect flows and the command line. They only call the rooms in order."""
