"""Command `python -m pulumi_agbcontext.testing serve`, which runs the local Context API in a separate process."""

from __future__ import annotations

import argparse
import errno
import re
import signal
import sys
import threading
from dataclasses import fields

from pulumi_agbcontext.testing.server import LocalServer
from pulumi_agbcontext.testing.server.behaviour import Behaviour

_BEHAVIOUR = {field.name: str(field.type) for field in fields(Behaviour)}
_TYPES = {"float": float, "float | None": float, "int": int, "int | None": int, "str | None": str}
_UNITS = {"float": "NUMBER", "int": "COUNT", "str": "STATE"}
_DESCRIBED = re.compile(r"^ +(\w+): (.+)$", re.MULTILINE)
_DESCRIPTION = """\
Serve a local Context API on this machine until Ctrl-C or SIGTERM.

Once the server accepts requests, it prints one line, `listening on http://127.0.0.1:PORT`. Set this address as
`agbcontext:endpoint` or `AGB_ENDPOINT`, with any API key. Each key has a separate account."""
_EXAMPLES = """\
examples:
  python -m pulumi_agbcontext.testing serve --port 8080
  python -m pulumi_agbcontext.testing serve --port 8080 --data ./contexts    # keep the data on disk
  python -m pulumi_agbcontext.testing serve --clear-seconds 30 --listing-lag 5    # slow clears, outdated listings"""


def serve(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT.

    Args:
        arguments: command line after `serve`.

    Returns:
        The exit code of the process: 0 after a signal, 1 if the server cannot start.
    """
    options = vars(_parser().parse_args(arguments))
    behaviour = {name: value for name, value in options.items() if name in _BEHAVIOUR and value is not None}
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with LocalServer(options["data"], port=options["port"], control=options["control"], **behaviour) as server:
            print(f"listening on {server.url}", flush=True)
            stopped.wait()
    except (OSError, RuntimeError, ValueError) as error:
        print(f"Could not start the local Context API: {_cause(error, options)}.", file=sys.stderr)
        return 1
    return 0


def _cause(error: Exception, options: dict[str, object]) -> str:
    if not isinstance(error, OSError):
        return str(error).removesuffix(".")
    if error.errno == errno.EADDRINUSE:
        return f"port {options['port']} is already in use. Choose another `--port`"
    if error.filename is not None:
        return f"{error.filename} cannot be used ({error.strerror}). Choose another `--data` directory"
    return f"port {options['port']} cannot be used ({error.strerror}). Choose another `--port`"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pulumi_agbcontext.testing serve",
        usage="%(prog)s [--port PORT] [--data DIR] [--control] [behavior options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.add_argument("--port", type=int, default=0, help="port on the loopback interface (default: a free port)")
    parser.add_argument(
        "--data",
        default=":memory:",
        metavar="DIR",
        help="keep contexts and files in this directory (default: in memory, until the server exits)",
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="serve /control/…, so that tests in other processes can inject faults and inspect the server",
    )
    behaviour = parser.add_argument_group("behavior options")
    described, defaults = dict(_DESCRIBED.findall(Behaviour.__doc__ or "")), Behaviour()
    for name, kind in _BEHAVIOUR.items():
        option, default = f"--{name.replace('_', '-')}", getattr(defaults, name)
        text = described.get(name, "").removesuffix(".")
        if kind == "bool":
            behaviour.add_argument(option, action="store_true", help=text)
        else:
            metavar = _UNITS[kind.partition(" ")[0]]
            help_ = f"{text} (default: {'not set' if default is None else default})"
            behaviour.add_argument(option, type=_TYPES[kind], metavar=metavar, help=help_)
    return parser
