"""Manage an environment for each pull request.

`python environment.py up pr-123` creates or updates the environment and prints its outputs as JSON. `down pr-123`
deletes it. The output of the Pulumi CLI goes to stderr. The script requires AGB_API_KEY and the Pulumi CLI, logged in
to a backend.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from pulumi import automation

USAGE = "usage: python environment.py up|down pr-NUMBER"


def main() -> int:
    """Run one command and return its exit status."""
    if len(sys.argv) != 3 or sys.argv[1] not in ("up", "down") or not re.fullmatch(r"pr-\d+", sys.argv[2]):
        print(USAGE, file=sys.stderr)
        return 2
    if shutil.which("pulumi") is None:
        print("environment.py needs the Pulumi CLI. See https://www.pulumi.com/docs/install/", file=sys.stderr)
        return 1
    {"up": up, "down": down}[sys.argv[1]](sys.argv[2])
    return 0


def up(name: str) -> None:
    """Create the environment, or update it to the current program."""
    outputs = _stack(name).up(on_output=_show).outputs
    print(json.dumps({key: output.value for key, output in outputs.items()}))


def down(name: str) -> None:
    """Delete the environment and the stack."""
    _stack(name).destroy(on_output=_show, remove=True)


def _stack(name: str) -> automation.Stack:
    return automation.create_or_select_stack(name, work_dir=str(Path(__file__).parent))


def _show(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
