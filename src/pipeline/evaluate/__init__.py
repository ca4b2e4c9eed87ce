"""How well the reader reads documents whose right reading is known. docs/evaluation.md describes format and figures.

In: a folder of annotated documents. Out: the figures of each document and of all of them. In this order:

    truth            the folder → documents, each with its truth, or the first mistake in a file
    run              each document → what the reader gives, in the worker processes
    measures         a reading and its truth → the figures of one document
    totals           the figures of all documents → the totals
    comparison       two evaluations → what got better and what got worse
"""
