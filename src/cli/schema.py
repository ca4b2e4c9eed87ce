"""`policytasks schema`: the JSON Schema of a dataset's file, for editors."""

from __future__ import annotations

import argparse
import json
from typing import Any

from cli.terminal import DONE

SUMMARY = "Print the JSON Schema of datasets/*.yaml, with which editors complete and check it."


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("schema", help=SUMMARY, description=SUMMARY)
    parser.set_defaults(run_command=run_command)


def run_command(_: argparse.Namespace) -> int:
    """Print the schema."""
    from config.models import build_json_schema

    print(json.dumps(build_json_schema(), ensure_ascii=False, indent=2))
    return DONE
