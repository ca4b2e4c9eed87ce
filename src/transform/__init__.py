"""How plans become tables: which rows, under which ids, and what changed. Pure: no network, disk or clock.

`draft.draft_release` makes a draft from the first step to the last. It calls, in this order:

    models              what comes in and goes out: AnnouncedDocument → Draft
    document_rows       the plan of one document → rows of all tables
      ledger              an id for each row: kept, decided by a person, returned, or minted
        identity            which new row is which old row
        lineage             splits, merges and all that happens to ids
      body_register       an id for each body that is named
        bodies, aliases     which names mean the same body
      corrections         cells in which the source is wrong
    changes             two versions of the tables → changes and version number
      content             the cells that are compared, and one hash over them
    checks              whether the tables may be published

`schema` describes every table and column, and `arrow_tables` sorts and selects rows.
"""
