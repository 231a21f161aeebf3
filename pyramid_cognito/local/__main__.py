"""``python -m pyramid_cognito.local install``: what the embedded user pool needs."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pyramid_cognito.local.install import VERSION, default_environment, install


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pyramid_cognito.local")
    commands = parser.add_subparsers(required=True, metavar="command")
    installing = commands.add_parser("install", help=f"install ministack {VERSION}")
    installing.add_argument(
        "--environment",
        type=Path,
        default=default_environment(),
        help="its virtual environment (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    try:
        install(options.environment)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"ministack is not installed: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
