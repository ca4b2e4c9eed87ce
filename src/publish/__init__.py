"""How a draft becomes a release, and what is kept of it: tables in, an immutable version on the shelf out.

A release is a folder of files on the shelf, `<shelf>/<dataset>/<version>/` (`releases.py` shows the layout). It is made
in three steps:

1. `release.write_release` writes every file into an empty folder of this machine: the tables as CSV and Parquet
   (`table_files`); what five metadata formats state about them (`datapackage`, `csvw`, `croissant`, `citation`), all
   from one record (`metadata`); `checks.json`, `provenance.json`, `CHANGES.md` (`change_notes`, `change_summary`), and
   last SHA256SUMS. The same draft, time and libraries give the same bytes.
2. `release.stage_release` plans the change of the shelf (`consistency.plan_publication`): the new version, the release
   index `releases.json` that lists it, and `latest/`, a copy of the newest version.
3. The storage applies the plan (`storage/`: a disk or an object store), so that a reader meets a version whole or not
   at all, whenever the program is killed.

Whoever changes a dataset holds its lock (`locking.lock_dataset`). That finishes what a killed run left and compares the
newest version with the index, so that nothing is built on a damaged one; it gives the dataset's releases as a snapshot
(`releases.DatasetReleases`), which is read once. Changes are planned from values by functions that read nothing, and
then applied. A version is never written again, unless to withdraw it (`withdrawal`): then notices stand in place of its
files, its number stays given, and `latest/` moves back.

What is read is parsed into typed records (`records`): a malformed file is a ShelfError with its path and what to do,
and never a KeyError later. `tables` reads a version's tables, `integrity` says what is not as it was published,
`table_files` compares a CSV with its Parquet, `row_history` follows a row over the versions. Beside the versions,
`shelf_files` keeps what changes without one: `sources.json` and `catalog.json` (`data_catalog`).

Nothing here reads documents, and nothing here writes pages.
"""
