"""Where releases lie: a folder on a disk or an object store, behind one interface (`backend.py`)."""
