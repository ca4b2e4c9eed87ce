"""Print the JSON Schema of datasets/*.yaml, with which editors complete and check it."""

from __future__ import annotations

import argparse
import json

from cli.terminal import DONE


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Add no argument: the schema is the same for every dataset."""


def run_command(_: argparse.Namespace) -> int:
    """Print the schema."""
    from config.models import build_json_schema

    print(json.dumps(build_json_schema(), ensure_ascii=False, indent=2))
    return DONE
