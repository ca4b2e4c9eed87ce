"""Collects sources: fetch jobs in, fetch results with archived captures out. No content is parsed here.

A fetch job (`jobs.py`) is an address of a source. The jobs of one host run one after the other, those of many hosts
side by side:

    jobs         hands each job to the fetcher, and each page that comes to the archive
    fetch        an address in, an answer out: redirects, retries, robots.txt, conditional requests
    robots       the rules of a site
    pace         turns at a host, across threads and processes
    transfer     one request: limits of time and size, and errors in words
    connections  sockets: no private network, no transfer over its time limit
    archive      the layout of data/raw, its typed records, reading and writing captures
    records      files of records that only grow, and locks on files

Beside a run:

    discovery    new articles among links, as sources with ids of their own
    inventory    what the archive holds of a source
    history, warc    import of pages that somebody kept; WARC files in and out
    warc_records     the records of a WARC, within limits of size

What a fetch result means for its source (outcome, status) is decided in `pipeline/assess`. A new way to reach a page
belongs in `fetch`, a new limit in `transfer`, a new record in `archive`.
"""
