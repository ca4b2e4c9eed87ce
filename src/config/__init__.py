"""The configuration of datasets: reads and checks `datasets/<id>.yaml`. Never uses the network.

    models       the keys of the file, each with its description
    loader       a file in, a checked `Dataset` out, or an error with line, key and fix
    editing      adds a source to a file

What all packages share:

    errors       the root of every error for users: where, what, fix
    paths        the cache folder; files that are replaced in one step
    text, timestamps    text in messages; the one form of times
    interruption        whether this process was told to end
"""
