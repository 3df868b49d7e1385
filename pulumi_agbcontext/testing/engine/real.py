"""Stack on the Pulumi CLI, with a separate home directory and backend."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from pulumi import automation

_STACK_CONFIGURATION = "Pulumi.*.yaml"


def find_cli() -> str | None:
    """Return the path of the Pulumi CLI on PATH, or None."""
    return shutil.which("pulumi")


def open_real_stack(
    work_dir: Path, name: str, scratch: Path, passphrase: str, kind: type[automation.Stack] = automation.Stack
) -> automation.Stack:
    """Open a stack of a program on the Pulumi CLI. Create the stack if it does not exist.

    Args:
        work_dir: directory that contains `Pulumi.yaml`, in which the CLI stores the configuration of the stack.
        name: name of the stack.
        scratch: directory for all other files.
        passphrase: passphrase that encrypts secrets.
        kind: class of the stack.
    """
    workspace = automation.LocalWorkspace(work_dir=str(work_dir), env_vars=real_environment(scratch, passphrase))
    return kind.create_or_select(name, workspace)


def real_environment(scratch: Path, passphrase: str) -> dict[str, str]:
    """Return environment variables that make the CLI use this Python interpreter and none of the user's files.

    Args:
        scratch: directory for the home directory and the backend, which are created.
        passphrase: passphrase that encrypts secrets.
    """
    for directory in ("home", "backend"):
        (scratch / directory).mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_HOME": str(scratch / "home"),
        "PULUMI_BACKEND_URL": (scratch / "backend").resolve().as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK": "1",
    }


def copy_project(work_dir: Path, copy: Path) -> Path:
    """Copy a project to a directory in which the CLI may write.

    A previous copy is replaced, except for the configuration of its stacks.

    Args:
        work_dir: directory of the project.
        copy: directory of the copy.

    Returns:
        The directory of the copy.
    """
    copy.mkdir(parents=True, exist_ok=True)
    for previous in copy.iterdir():
        if previous.is_dir() and not previous.is_symlink():
            shutil.rmtree(previous)
        elif not previous.match(_STACK_CONFIGURATION):
            previous.unlink()
    ignored = shutil.ignore_patterns(".venv", "venv", ".git", "__pycache__", ".pulumi-test", _STACK_CONFIGURATION)
    shutil.copytree(work_dir, copy, ignore=ignored, dirs_exist_ok=True)
    return copy
