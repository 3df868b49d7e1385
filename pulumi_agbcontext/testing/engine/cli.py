"""Commands `preview`, `up`, `refresh`, `destroy` and `export`, which call the methods of `Stack`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.testing.engine.stack import DEFAULT_PARALLEL, DEFAULT_TIMEOUT, Stack

DESCRIPTION = """\
Run Pulumi programs that declare contexts without the Pulumi CLI, and serve a local Context API.

Use it for tests. To deploy, use the Pulumi CLI."""
EXAMPLES = """\
examples:
  python -m pulumi_agbcontext.testing serve --port 8080
  python -m pulumi_agbcontext.testing up . --config agbcontext:endpoint=http://127.0.0.1:8080 \\
      --secret agbcontext:apiKey=any-key
  python -m pulumi_agbcontext.testing preview .
  python -m pulumi_agbcontext.testing destroy .

`python -m pulumi_agbcontext.testing COMMAND --help` describes the options of a command."""
STORAGE_HELP = """\
The state is stored in DIR/.pulumi-test/STACK.json unless --state sets another file. The values of --config and
--secret are stored next to it, in STACK.yaml, for later commands. Pulumi.STACK.yaml is neither read nor written.
Secrets are encrypted with the passphrase in PULUMI_CONFIG_PASSPHRASE, or with a passphrase generated next to the state.

The exit code is 0 on success, 1 on failure, 2 for invalid arguments, and 130 after a second Ctrl-C."""


def run_command(arguments: Sequence[str]) -> int:
    """Run a command on a stack.

    Args:
        arguments: command line without the name of the program.

    Returns:
        The exit code of the process, which is 0 only on success.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM and Ctrl-C must not leave any process behind
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
        print("error: interrupted; the operations in flight are recorded in the state", file=sys.stderr)
        return 130
    return 0


def _reason(error: CommandError) -> str:
    """Return the first line of the error output, because the rest was already shown."""
    return str(error).split("\n stderr: ", 1)[1].splitlines()[0]


def _preview(stack: Stack, options: argparse.Namespace) -> None:
    stack.preview(refresh=options.refresh, expect_no_changes=options.expect_no_changes, **_common_arguments(options))


def _up(stack: Stack, options: argparse.Namespace) -> None:
    if not options.skip_preview:
        stack.preview(refresh=options.refresh, **_common_arguments(options))
    stack.up(refresh=options.refresh, expect_no_changes=options.expect_no_changes, **_common_arguments(options))


def _refresh(stack: Stack, options: argparse.Namespace) -> None:
    refresh = stack.preview_refresh if options.preview_only else stack.refresh
    refresh(expect_no_changes=options.expect_no_changes, **_common_arguments(options))


def _destroy(stack: Stack, options: argparse.Namespace) -> None:
    destroy = stack.preview_destroy if options.preview_only else stack.destroy
    destroy(refresh=options.refresh, **_common_arguments(options))


def _common_arguments(options: argparse.Namespace) -> dict[str, Any]:
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
HELP = {
    "preview": "Show what `up` would change. Nothing is changed.",
    "up": "Show a preview, then update the stack.",
    "refresh": "Update the state from the API. The program is not run.",
    "destroy": "Delete all resources of the stack. The program is not run.",
    "export": "Print the state, in the format of `pulumi stack export`.",
}
FLAGS_HELP = {
    "refresh": "update the state from the API first",
    "expect-no-changes": "fail if anything changes",
    "skip-preview": "do not show the preview",
    "preview-only": "show the changes without making them",
    "show-secrets": "print secrets in plain text",
}
FLAGS = {  # flags of the Pulumi CLI that each command supports
    "preview": ("refresh", "expect-no-changes"),
    "up": ("refresh", "expect-no-changes", "skip-preview"),
    "refresh": ("preview-only", "expect-no-changes"),
    "destroy": ("refresh", "preview-only"),
    "export": ("show-secrets",),
}


def _parser() -> argparse.ArgumentParser:
    text = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m pulumi_agbcontext.testing", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=text
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    commands.add_parser("serve", help="Serve a local Context API.", add_help=False)
    for name, flags in FLAGS.items():
        command = commands.add_parser(
            name,
            help=HELP[name],
            description=HELP[name],
            epilog=f"{STORAGE_HELP}\n\n{_example(name)}",
            formatter_class=text,
        )
        _add_options(command)
        for flag in flags:
            command.add_argument(f"--{flag}", action="store_true", help=FLAGS_HELP[flag])
    return parser


def _example(command: str) -> str:
    flags = " ".join(f"--{flag}" for flag in FLAGS[command][:1])
    return f"example:\n  python -m pulumi_agbcontext.testing {command} ./my-project --stack dev {flags}"


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("directory", metavar="DIR", help="directory of the program's Pulumi.yaml")
    command.add_argument("--stack", default="dev", metavar="STACK", help="name of the stack (default: dev)")
    command.add_argument("--state", metavar="FILE", help="file of the state (default: DIR/.pulumi-test/STACK.json)")
    for option, kind in (("--config", "configuration value"), ("--secret", "secret configuration value")):
        help_ = f"set a {kind}, for this and later commands; can be repeated"
        command.add_argument(option, action="append", default=[], type=_pair, metavar="KEY=VALUE", help=help_)
    parallel = f"maximum number of concurrent operations (default: {DEFAULT_PARALLEL})"
    command.add_argument("--parallel", type=_positive(int), default=DEFAULT_PARALLEL, metavar="COUNT", help=parallel)
    timeout = f"maximum duration of the command (default: {DEFAULT_TIMEOUT:g})"
    command.add_argument("--timeout", type=_positive(float), default=DEFAULT_TIMEOUT, metavar="SECONDS", help=timeout)


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if value > 0:
            return value
        raise argparse.ArgumentTypeError(f"{text!r} is not a {'whole ' if kind is int else ''}number greater than 0")

    return read


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise argparse.ArgumentTypeError(f"{text!r} does not have the form KEY=VALUE")
    return key, value
