"""The pages on which people see the shelf: releases in, pages, feeds and a server out. No release is written here.

    build               writes the pages that changed; called after every run
      pages               which pages have to be written: a page is kept while its key is the same
      view, editions      what pages show of a dataset, each read once; which edition of a document each version has
      rendering, words/   templates with their words in each language
      home_pages, sitemap     files at the root of the shelf
      dataset_pages, plan_list, feed, bundle      files of a dataset
      plan_pages, marks, evidence     pages of a document, with each task marked in the text
    server              the shelf as a web server shows it; `content_security` is what its pages may load

What pages show: `changes`, `version_summary` and `comparison` (differences of versions), `figures`, `first_rows`,
`rows_by_document`, `snippets`; for search engines `head` and `linked_data`.

A page is a template in `templates/`, and a function in one of the modules above that gives it its values. Its script
and style are in `assets/`.
"""
