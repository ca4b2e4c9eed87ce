"""The command line: one module for each command, whose docstring is its help.

    __main__     the process: streams, signals, exit status
    main         words in, exit status out; `COMMANDS` is the table of all commands

    runs         runs datasets one by one, for `publish`, `check` and `reextract`
    selection    the workspace, datasets, sources and versions that arguments name
    terminal     messages, tables, reports of errors, exit statuses
    progress     log lines and the count on standard error
    plan_view    a plan as lines or JSON, for `extract` and `add`

Every other module is a command.
"""
