"""`preview`, `up`, `refresh`, `destroy` and `export` on the command line: a thin face of `Stack`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.testing.engine.stack import DEFAULT_PARALLEL, DEFAULT_TIMEOUT, Stack

NOTICE = "A local Context API, and a test engine for stacks of contexts. It is for tests: production is the Pulumi CLI."
KEPT = (
    "State is kept in DIR/.pulumi-test/STACK.json, or FILE; what --config and --secret set is kept beside it, in a "
    ".yaml of the form of Pulumi.STACK.yaml (which itself is neither read nor written), secrets encrypted under "
    "PULUMI_CONFIG_PASSPHRASE, or under a passphrase made beside it."
)


def run_command(arguments: Sequence[str]) -> int:
    """Run one command on a stack. Returns: the exit code, 0 only on success."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended by others or by Ctrl-C: leave no process behind
    try:
        stack = Stack(options.directory, options.stack, options.state, timeout=options.timeout)
        for values, secret in ((options.config, False), (options.secret, True)):
            for key, value in values:
                stack.set_config(key, ConfigValue(value, secret=secret))
        COMMANDS[options.command](stack, options)
    except CommandError as error:
        print(_reason(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted; what was under way is noted in the state", file=sys.stderr)
        return 130
    return 0


def _reason(error: CommandError) -> str:
    """The first line of the error output: the rest of it was shown already."""
    return str(error).split("\n stderr: ", 1)[1].splitlines()[0]


def _preview(stack: Stack, options: argparse.Namespace) -> None:
    stack.preview(refresh=options.refresh, expect_no_changes=options.expect_no_changes, **_common(options))


def _up(stack: Stack, options: argparse.Namespace) -> None:
    if not options.skip_preview:
        stack.preview(refresh=options.refresh, **_common(options))
    stack.up(refresh=options.refresh, expect_no_changes=options.expect_no_changes, **_common(options))


def _refresh(stack: Stack, options: argparse.Namespace) -> None:
    refresh = stack.preview_refresh if options.preview_only else stack.refresh
    refresh(expect_no_changes=options.expect_no_changes, **_common(options))


def _destroy(stack: Stack, options: argparse.Namespace) -> None:
    destroy = stack.preview_destroy if options.preview_only else stack.destroy
    destroy(refresh=options.refresh, **_common(options))


def _common(options: argparse.Namespace) -> dict[str, Any]:
    return {"parallel": options.parallel, "on_output": lambda text: print(text, end="", flush=True)}


def _export(stack: Stack, options: argparse.Namespace) -> None:
    export = stack.export_stack(show_secrets=options.show_secrets)
    json.dump({"version": export.version, "deployment": export.deployment}, sys.stdout, indent=4)
    print()


COMMANDS: dict[str, Callable[[Stack, argparse.Namespace], None]] = {
    "preview": _preview,
    "up": _up,
    "refresh": _refresh,
    "destroy": _destroy,
    "export": _export,
}
FLAGS = {  # by command: the flags of the CLI that it takes
    "preview": ("refresh", "expect-no-changes"),
    "up": ("refresh", "expect-no-changes", "skip-preview"),
    "refresh": ("preview-only", "expect-no-changes"),
    "destroy": ("refresh", "preview-only"),
    "export": ("show-secrets",),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pulumi_agbcontext.testing", description=NOTICE, epilog=KEPT)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run a local Context API", add_help=False)
    for name, flags in FLAGS.items():
        command = commands.add_parser(name, help=f"{name} a stack", epilog=KEPT)
        command.add_argument("directory", metavar="DIR", help="the folder of the program's Pulumi.yaml")
        command.add_argument("--stack", default="dev", help="the stack's name")
        command.add_argument("--state", metavar="FILE", help="its state; default: DIR/.pulumi-test/<stack>.json")
        command.add_argument("--config", action="append", default=[], type=_pair, metavar="KEY=VALUE")
        command.add_argument("--secret", action="append", default=[], type=_pair, metavar="KEY=VALUE")
        command.add_argument("--parallel", type=int, default=DEFAULT_PARALLEL, help="operations at once")
        command.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT, help="seconds it may take")
        for flag in flags:
            command.add_argument(f"--{flag}", action="store_true")
    return parser


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form key=value")
    return key, value
