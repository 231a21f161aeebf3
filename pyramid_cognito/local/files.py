"""Files that hold secrets: read by their owner alone, replaced in one step."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from pyramid.exceptions import ConfigurationError


def prepare(directory: Path) -> None:
    """Make the directory of the embedded user pool, which git is to leave alone.

    Raises ConfigurationError when others could put their files into it.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    make_directory(directory)
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")


def make_directory(directory: Path) -> None:
    """Make a directory of our own, or make sure that the one there is.

    Raises ConfigurationError when it belongs to somebody else or others may write to it.
    """
    another = "name another as cognito.local.directory"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        raise ConfigurationError(f"{directory} is not a directory: {another}") from None
    found = directory.stat()
    if found.st_uid != os.geteuid():
        raise ConfigurationError(f"{directory} belongs to somebody else: {another}")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(f"others may write to {directory}: chmod go-w {directory}")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; a reader sees the old text or the new."""
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(create_private(draft), "w") as file:
        file.write(text)
    draft.replace(path)


def create_private(path: Path) -> int:
    """A descriptor to write a new file that only its owner may read, in place of any old one."""
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file that ``write_private`` wrote; empty where there is none."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
