"""The bytes of one capture in, one `Plan` out. Pure: no disk, no network, no clock.

`reader.read_plan(content, media_type, url)` runs these modules in this order:

1. `reading/`      bytes → `Reading`: one stream of `Block`s and the reading text that they stand in
   - `encodings`   bytes → text, whatever encoding is declared
   - `html`, `lines` (plain text, Markdown), `docx`, `pdf`: a document of one kind → lines
   - `html_article` a parsed page → the element that holds its article
   - `breaks`      which lines of a text continue the line before
   - `blocks`      lines → blocks, each with its position in the reading text
   - `front_matter` the lines between `---` at a text's beginning → what they state
2. `article`       `Reading` → `LocatedArticle`: the body's blocks, and the title, byline and dates around them
   - `titles`      all texts that can be the title, each with its evidence → the title
   - `dating`      the lines around the title → the days of publication and signing
   - `issuers`     the title, letterhead and signature → the bodies that issue the document
3. `outline`       blocks → labelled items and headings, each with its depth and parent
   - `labels`      one block → the labels that it may begin with
   - `numerals`    a numeral in any script → an integer
4. `claims`        blocks → the counts that the document states about itself ("36 tasks in nine areas")
5. `citations`     blocks → the documents that the text names, and which of them is the plan itself
6. `choice`        blocks, items and stated counts → `Choice`: which lines are the tasks, and how sure that is
   - `units`       propose: every line, list item and cell that could be an area or a task
   - `features`    score: what is known of each unit, as numbers; words of the lexicon are some of them
   - `context`     score: what a first judgement of all units says around each, for a second one
   - `readings`    propose: sets of units that could be the tasks; score: what is known of each set
   - `scoring`     score: the arithmetic of the weights in `weights.json`, which `training/fit.py` fits
7. `tasks`         the choice → areas and tasks, each with its span, deadline and link
   - `assignments` a task's text → the bodies that it names, each with its role
   - `deadlines`   a task's text → its one deadline
   - `grids`       tables → the assignments, deadlines and tasks in their rows
   - `fragment`    a span → the text directive that opens the live page at it
8. `bodies`        blocks → the bodies that the text names without giving them a task
9. `claims`        stated counts and what was counted → claims that hold, fail or stay open

`languages` tells which language a text is in before its article is sought; one without a lexicon is not read.

Beside that path: `inspection` tells whether two captures hold the same article without reading their plans, and
`links` reads where a page, feed or sitemap leads. `lexicon/` holds each language's words, `sentences` splits and
compares sentences, `plan` defines what a reading yields.
"""
