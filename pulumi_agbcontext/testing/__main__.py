"""Command line of the testing kit, for the local Context API and for stacks on the test engine."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: command line without the name of the program; None reads it from `sys.argv`.

    Returns:
        The exit code of the process, which is 0 only on success.
    """
    command_line = list(sys.argv[1:] if arguments is None else arguments)
    if command_line[:1] == ["serve"]:
        from pulumi_agbcontext.testing.serve import serve

        return serve(command_line[1:])
    from pulumi_agbcontext.testing.engine.cli import run_command

    return run_command(command_line)


if __name__ == "__main__":
    sys.exit(main())
