"""The command line. It starts fast: what a command does not need is not imported."""

from __future__ import annotations

import argparse
import io
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from flows.corridor import Home, Outcome

log = logging.getLogger(__name__)

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130

# How Prefect runs from this command line; each can be overridden in the environment.
PREFECT_SETTINGS = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # its first start makes a database
    "PREFECT_LOGGING_EXTRA_LOGGERS": "collect,extract,transform,publish,flows",  # kept with the flow run
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # people read our lines; Prefect's own would show tracebacks
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # nothing is sent anywhere
    "DO_NOT_TRACK": "1",
}


class _OneLine(argparse.ArgumentParser):
    """Answers bad usage with one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSED, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 something failed, 2 bad usage or configuration."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no ✓ shows ?
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        options = _parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = options.run
        status = run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _say("interrupted: what was published stays, nothing is half-written; run the same command again to go on")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (the reader left: nothing more may reach it)
        return DONE
    except OSError as error:
        _say(f"{error.filename or 'the output'}: {error.strerror or error}; check its permissions and the free space")
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (what could not be written is not tried again)
        return FAILED
    return status


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    """End on SIGTERM as on Ctrl-C, so that whatever was started ends too."""
    raise KeyboardInterrupt


class _NoPandas(MetaPathFinder):
    """Answers as if pandas were not installed.

    pyarrow imports it, where it is there, at the first value that it is given: 2 s for nothing that is needed here.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        """Refuse pandas, and leave every other module to the next finder."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _parser() -> argparse.ArgumentParser:
    parser = _OneLine(prog="policytasks", description="Turns announcements of public plans into open, versioned data.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    publish = commands.add_parser("publish", help="the main job: fetch, read, check and publish datasets")
    publish.add_argument(
        "datasets", nargs="*", metavar="DATASET", help="which datasets; all of them where none is named"
    )
    publish.add_argument("--offline", action="store_true", help="use the archived captures, fetch nothing")
    publish.add_argument(
        "--dry-run", action="store_true", help="say what would be published from the archive, write nothing"
    )
    publish.add_argument("--direct", action="store_true", help="the same steps without Prefect")
    publish.add_argument(
        "--home",
        type=Path,
        default=None,
        metavar="DIR",
        help="the folder with datasets/ and data/; this one or the nearest above where not given",
    )
    publish.set_defaults(run=_publish)
    extract = commands.add_parser("extract", help="show what one document yields: the tree, the claims, the problems")
    extract.add_argument("document", metavar="PATH|URL", help="a file, or the address of a page")
    extract.add_argument("--json", action="store_true", help="everything that is known, as JSON")
    extract.add_argument("--explain", action="store_true", help="say why these lines are the tasks")
    odd = extract.add_argument_group("for an odd page", "the same can stand with its source in datasets/*.yaml")
    odd.add_argument("--selector", metavar="CSS", type=_selector, help="a CSS selector of the article in the page")
    odd.add_argument("--tasks", metavar="STYLE", help="the label style that holds the tasks, as --explain names it")
    odd.add_argument("--language", choices=("en", "zh"), help="the language of the text")
    extract.set_defaults(run=_extract)
    return parser


def _selector(stated: str) -> str:
    """A CSS selector, or the usage error that says what is wrong with it."""
    import soupsieve

    try:
        soupsieve.compile(stated)
    except soupsieve.SelectorSyntaxError as error:
        raise argparse.ArgumentTypeError(f"{stated!r} is no CSS selector: {str(error).splitlines()[0]}") from None
    return stated


def _publish(options: argparse.Namespace) -> int:
    from collect.order_book import OrderBookError, dataset_ids
    from flows.corridor import KNOWN_ERRORS, Home, read_order
    from flows.progress import shown
    from flows.report import shelf_lines

    root = options.home or _nearest_home(Path.cwd())
    if root is None or not (root / "datasets").is_dir():
        _say(f"{root or Path.cwd()}: holds no datasets/ folder; go to the checkout, or name it with --home")
        return MISUSED
    home = Home(root.resolve())
    wanted = options.datasets or dataset_ids(home.datasets)
    if not wanted:
        _say("datasets/: holds no dataset; write one as <id>.yaml")
        return MISUSED
    status = DONE
    try:
        for dataset_id in wanted:
            read_order(home, dataset_id)
    except OrderBookError as error:
        _say(str(error))
        return MISUSED
    run = _directly if options.direct else _by_prefect
    for dataset_id in dict.fromkeys(wanted):
        try:
            with shown(f"publishing {dataset_id}"):
                outcome = run(home, dataset_id, options)
            print("\n".join(shelf_lines(home, outcome)))
            status = max(status, FAILED if outcome.failures else DONE)
        except KNOWN_ERRORS as error:
            _say(str(error))
            status = FAILED
    return status


def _extract(options: argparse.Namespace) -> int:
    from collect.fetch import RefusedError, UnreachableError, fetch_page
    from extract.reader import Overrides, read_plan
    from extract.reading import media_type_of
    from flows.plan_view import as_json, tree_lines

    place: str = options.document
    encoding = None
    try:
        if place.startswith(("http://", "https://")):
            page = fetch_page(place)
            content, media_type, encoding, url = page.content, page.media_type, page.encoding, page.landed
        else:
            content, url = Path(place).read_bytes(), ""
            media_type = media_type_of(place, content)
    except (RefusedError, UnreachableError) as error:
        _say(f"{place}: {error}; check the address or the network")
        return FAILED
    except OSError as error:
        _say(f"{place}: cannot be read ({error.strerror}); name a file or an address that begins with https://")
        return MISUSED
    overrides = Overrides(options.selector, options.tasks, options.language)
    plan = read_plan(content, media_type, url, encoding=encoding, overrides=overrides)
    print(as_json(plan) if options.json else "\n".join(tree_lines(plan, explain=options.explain)))
    return DONE


def _directly(home: Home, dataset_id: str, options: argparse.Namespace) -> Outcome:
    sys.meta_path.insert(0, _NoPandas())
    from flows.corridor import walk

    return walk(home, dataset_id, offline=options.offline, dry_run=options.dry_run)


def _by_prefect(home: Home, dataset_id: str, options: argparse.Namespace) -> Outcome:
    for setting, value in PREFECT_SETTINGS.items():
        os.environ.setdefault(setting, value)
    if not os.environ.get("PREFECT_API_URL"):
        log.info("starting Prefect's embedded server (10 to 40 s; a server that runs, or --direct, saves them)")
    from flows.corridor import KNOWN_ERRORS, OrchestratorError

    mend = "see that PREFECT_API_URL names a running server or is not set, or run with --direct"
    try:
        from flows.publish_dataset import PREFECT_ERRORS, publish_dataset
    except ValueError as error:  # what Prefect raises where a setting of its own is none
        reason = " ".join(str(error).split())[:200]
        raise OrchestratorError(f"{dataset_id}: Prefect does not start ({reason}); mend its settings") from None
    try:
        return publish_dataset(dataset_id, str(home.root), offline=options.offline, dry_run=options.dry_run)
    except KNOWN_ERRORS:
        raise
    except PREFECT_ERRORS as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise OrchestratorError(f"{dataset_id}: Prefect could not run it ({reason}); {mend}") from None


def _nearest_home(folder: Path) -> Path | None:
    return next((place for place in (folder, *folder.parents) if (place / "datasets").is_dir()), None)


def _say(line: str) -> None:
    print(f"policytasks: {line}", file=sys.stderr)
