from __future__ import annotations

import runpy
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pyramid_cognito.local import install
from pyramid_cognito.local.__main__ import main


class Programs:
    """Plays ``venv``, ``pip`` and the interpreter of the new environment."""

    def __init__(self) -> None:
        self.calls = 0
        self.environment_works = True
        self.pip_status = 0

    def run(self, words: Sequence[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        self.calls += 1
        status = 0
        if "venv" in words:
            make_environment(Path(words[-1]))
        elif "pip" in words:
            if self.pip_status:
                raise subprocess.CalledProcessError(self.pip_status, list(words))
            site_packages = Path(words[0]).parents[1] / "lib" / "python3.11" / "site-packages"
            (site_packages / f"ministack-{install.VERSION}.dist-info").mkdir(parents=True)
            (site_packages / "cryptography").mkdir()
        else:
            status = 0 if self.environment_works else 1
        return subprocess.CompletedProcess(words, status)


def make_environment(path: Path) -> None:
    (path / "bin").mkdir(parents=True, exist_ok=True)
    (path / "bin" / "python").touch()
    (path / "pyvenv.cfg").touch()
    for old in path.glob("lib/python3*/site-packages/*"):
        old.rmdir()


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    played = Programs()
    monkeypatch.setattr(subprocess, "run", played.run)
    return played


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    return tmp_path / "ministack"


def test_an_environment_is_made_and_filled(
    programs: Programs, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not install.is_installed(environment)
    assert main(["install", "--environment", str(environment)]) == 0
    assert install.is_installed(environment)
    assert f"Installing ministack {install.VERSION}" in capsys.readouterr().out


def test_nothing_happens_where_the_right_version_works(
    programs: Programs, environment: Path
) -> None:
    install.install(environment)
    before = programs.calls
    install.install(environment)
    assert programs.calls == before + 1  # the look whether it works


def test_a_broken_environment_is_made_anew(programs: Programs, environment: Path) -> None:
    install.install(environment)
    programs.environment_works = False
    before = programs.calls
    install.install(environment)
    assert programs.calls == before + 3
    assert install.is_installed(environment)


def test_an_unfinished_or_older_installation_does_not_count(environment: Path) -> None:
    site_packages = environment / "lib" / "python3.11" / "site-packages"
    make_environment(environment)
    (site_packages / "ministack-1.0.0.dist-info").mkdir(parents=True)
    (site_packages / "cryptography").mkdir()
    assert not install.is_installed(environment)
    (site_packages / "cryptography").rmdir()
    (site_packages / f"ministack-{install.VERSION}.dist-info").mkdir()
    assert not install.is_installed(environment)


@pytest.mark.parametrize("kind", ["directory", "file"])
def test_what_is_no_virtual_environment_is_left_alone(
    programs: Programs, environment: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = environment if kind == "file" else environment / "thesis.txt"
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("years of work")
    assert main(["install", "--environment", str(environment)]) == 1
    assert "is not a virtual environment" in capsys.readouterr().err
    assert precious.read_text() == "years of work"


def test_when_pip_fails_so_does_the_command(
    programs: Programs, environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    programs.pip_status = 1
    assert main(["install", "--environment", str(environment)]) == 1
    assert "ministack is not installed" in capsys.readouterr().err


def test_the_command_names_the_environment_only_where_it_is_not_the_usual_one() -> None:
    usual = install.default_environment()
    assert install.command(usual) == "python -m pyramid_cognito.local install"
    assert install.command(Path("/opt/my tools")).endswith("install --environment '/opt/my tools'")


def test_it_is_a_program_that_explains_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["local", "--help"])
    monkeypatch.delitem(sys.modules, "pyramid_cognito.local.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("pyramid_cognito.local", run_name="__main__")
    assert ended.value.code == 0
    assert f"install ministack {install.VERSION}" in capsys.readouterr().out
