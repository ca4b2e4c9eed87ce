"""The gate: reads the order book, fetches politely, keeps raw captures, tells what changed. No content is parsed here.

dataset, order_book, ordering        what is ordered: the models, reading a file, writing into one
fetch, transfer, connections         asking a server: an address, one request, over which sockets
    pace, robots                         when it may be asked, and what its site allows
archive, records, stock, warc        what is kept: captures and checks, files that only grow, stock-taking, WARC
gate, asking, discovery              a run: all sources, many hosts side by side, the articles that places lead to
checking, verdict, life              what came of it: the evidence, the rules, how the source is doing
"""
