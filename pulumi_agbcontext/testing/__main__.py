"""Command line of the testing kit: a local Context API, and stacks on the test engine."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Return the exit code, which is 0 only on success."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["serve"]:
        from pulumi_agbcontext.testing.serve import serve

        return serve(given[1:])
    from pulumi_agbcontext.testing.engine.cli import run_command

    return run_command(given)


if __name__ == "__main__":
    sys.exit(main())
