"""`python -m pulumi_agbcontext.testing serve`: the local Context API in a process of its own."""

from __future__ import annotations

import argparse
import errno
import signal
import sys
import threading
from dataclasses import fields

from pulumi_agbcontext.testing.server import LocalServer
from pulumi_agbcontext.testing.server.behaviour import Behaviour

_MANNERS = {field.name: str(field.type) for field in fields(Behaviour)}
_TYPES = {"float": float, "float | None": float, "int": int, "int | None": int, "str | None": str}


def serve(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT.

    Args:
        arguments: what stands behind `serve` on the command line.

    Returns:
        The process's exit code: 0 when told to end, 1 where the server cannot start.
    """
    options = vars(_parser().parse_args(arguments))
    behaviour = {name: value for name, value in options.items() if name in _MANNERS and value is not None}
    told_to_end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.set())
    try:
        with LocalServer(options["data"], port=options["port"], control=options["control"], **behaviour) as server:
            print(f"listening on {server.url}", flush=True)
            told_to_end.wait()
    except OSError as error:
        taken = f"port {options['port']} is taken; give another --port" if error.errno == errno.EADDRINUSE else error
        print(f"the local Context API cannot start: {taken}", file=sys.stderr)
        return 1
    except (RuntimeError, ValueError) as error:
        print(f"the local Context API cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pulumi_agbcontext.testing serve",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="A local Context API. Prints one line `listening on http://127.0.0.1:PORT` when it is ready.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on the loopback; 0, the default, takes a free one")
    parser.add_argument("--data", default=":memory:", metavar="DIR", help="folder that outlives the server")
    parser.add_argument("--control", action="store_true", help="offer /control/… to tests in other processes")
    manners = parser.add_argument_group("how lifelike it is", description=Behaviour.__doc__)
    for name, kind in _MANNERS.items():
        option = f"--{name.replace('_', '-')}"
        if kind == "bool":
            manners.add_argument(option, action="store_true")
        else:
            manners.add_argument(option, type=_TYPES[kind], metavar=kind.partition(" ")[0].upper())
    return parser
