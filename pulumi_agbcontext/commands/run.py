"""Execution of a command, with its configuration, its output and its exit code."""

from __future__ import annotations

import math
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pulumi_agbcontext import messages
from pulumi_agbcontext.client import Account, connect
from pulumi_agbcontext.client.http.deadline import Deadline, within
from pulumi_agbcontext.commands.arguments import parse
from pulumi_agbcontext.commands.download import download
from pulumi_agbcontext.commands.upload import upload
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.files.directories import Filters
from pulumi_agbcontext.lifecycle.provider.configuration import ENVIRONMENT, NAMESPACE, read_configuration
from pulumi_agbcontext.messages.progress import INTERRUPTED

_ERROR, _INTERRUPTED = 1, 130
# Remedies in messages mention stack settings and commands of the Pulumi CLI, which do not apply to these commands.
_REMEDIES = (
    ("`pulumi up`", "the same command"),
    (", or lower agbcontext:parallelUploads", ""),
    ("agbcontext:apiKey in the stack's configuration, or AGB_API_KEY", "AGB_API_KEY"),
    (
        "Set it with `pulumi config set --secret agbcontext:apiKey`, or set the environment variable AGB_API_KEY",
        "Set the environment variable AGB_API_KEY",
    ),
    ("Correct agbcontext:endpoint, or AGB_ENDPOINT", "Correct AGB_ENDPOINT"),
    ("Use https, or set agbcontext:allowInsecure if the network is trusted", "Use https"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: the arguments; None for the arguments of the process.

    Returns:
        The exit code: 0 for success, 1 for an error, 130 for an interruption. Invalid arguments exit with 2.
    """
    options = parse(arguments)
    try:
        with within(math.inf) as scope, _interruptible(scope):
            service = connect(_account())
            if options.command == "download":
                result = download(service, options.context_id, options.directory, overwrite=options.overwrite)
            else:
                filters = Filters(exclude=options.exclude, include_hidden=options.hidden)
                result = upload(service, options.directory, options.context_id, filters, overwrite=options.overwrite)
    except KeyboardInterrupt:
        sys.stderr.write(f"{INTERRUPTED}\n")
        return _INTERRUPTED
    except AGBError as error:
        sys.stderr.write(f"{_worded(error)}\n")
        return _ERROR
    sys.stdout.write(f"{result}\n")
    return 0


def _account() -> Account:
    configuration, failures = read_configuration(lambda _key: None)
    if any(failure.property == f"{NAMESPACE}:timeoutMs" for failure in failures):
        variable = ENVIRONMENT["timeoutMs"]
        raise messages.unusable_setting(variable, os.environ.get(variable, ""), "a positive number of milliseconds")
    return configuration.account()


@contextmanager
def _interruptible(scope: Deadline) -> Iterator[None]:
    """End all waits in the scope, in every thread, when Ctrl-C is pressed."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        scope.cancel()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _worded(error: AGBError) -> str:
    text = str(error)
    for remedy, of_command in _REMEDIES:
        text = text.replace(remedy, of_command)
    return text
