"""Puts ministack into a virtual environment of its own, because it pins an older botocore."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

VERSION = "1.5.33"
# without cryptography ministack starts all the same, but signs its tokens with random bytes
REQUIREMENTS = (f"ministack=={VERSION}", "cryptography>=44")

_IMPORTS = (
    "import importlib.metadata, sys;"
    "import botocore.session, cryptography.hazmat.primitives.asymmetric.rsa, hypercorn.asyncio;"
    f"sys.exit(importlib.metadata.version('ministack') != '{VERSION}')"
)


def default_environment() -> Path:
    """Where ministack goes unless told otherwise: beside the packages of this interpreter."""
    return Path(sys.prefix) / "ministack"


def interpreter(environment: Path) -> Path:
    """The Python of a virtual environment."""
    return environment / "bin" / "python"


def is_installed(environment: Path) -> bool:
    """Whether the pinned ministack seems to be there: a glance at the files, fit for start-up."""
    wanted = (f"ministack-{VERSION}.dist-info", "cryptography")
    return interpreter(environment).is_file() and all(
        any(environment.glob(f"lib/python3*/site-packages/{name}")) for name in wanted
    )


def command(environment: Path) -> str:
    """What to type to install ministack into this environment."""
    words = ["python", "-m", "pyramid_cognito.local", "install"]
    if environment != default_environment():
        words += ["--environment", str(environment)]
    return shlex.join(words)


def install(environment: Path) -> None:
    """Install the pinned ministack, or do nothing where it is whole; a broken one is made anew.

    Raises FileExistsError where something that is no virtual environment is in the way, and
    subprocess.CalledProcessError when venv or pip fail, which have then said why.
    """
    if is_installed(environment) and _works(environment):
        _say(f"ministack {VERSION} is installed in {environment}")
        return
    if _is_in_the_way(environment):
        raise FileExistsError(f"{environment} exists and is not a virtual environment")
    _say(f"Creating {environment}")
    _run(sys.executable, "-m", "venv", "--clear", str(environment))
    _say(f"Installing ministack {VERSION}")
    pip = (str(interpreter(environment)), "-I", "-m", "pip", "--disable-pip-version-check")
    _run(*pip, "install", "--no-input", *REQUIREMENTS)
    _say(f"ministack {VERSION} is installed in {environment}")


def _works(environment: Path) -> bool:
    python = str(interpreter(environment))
    result = subprocess.run([python, "-I", "-c", _IMPORTS], check=False, capture_output=True)  # noqa: S603
    return result.returncode == 0


def _is_in_the_way(environment: Path) -> bool:
    if environment.is_dir():
        return any(environment.iterdir()) and not (environment / "pyvenv.cfg").exists()
    return environment.exists()


def _run(*words: str) -> None:
    subprocess.run(words, check=True)  # noqa: S603 - our own words and the interpreter's path


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
