"""Execution of a command, with its configuration, its output and its exit code."""

from __future__ import annotations

import math
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from functools import partial
from threading import Thread

from pulumi_agbcontext import messages
from pulumi_agbcontext.client import Account, connect
from pulumi_agbcontext.client.http.deadline import SLICE, within
from pulumi_agbcontext.commands.arguments import parse
from pulumi_agbcontext.commands.download import download
from pulumi_agbcontext.commands.upload import upload
from pulumi_agbcontext.errors import AGBError
from pulumi_agbcontext.lifecycle.files.directories import Filters
from pulumi_agbcontext.lifecycle.provider.configuration import ENVIRONMENT, NAMESPACE, read_configuration
from pulumi_agbcontext.messages.progress import INTERRUPTED

_ERROR, _INTERRUPTED = 1, 130
# Maximum number of seconds for the work to end after Ctrl-C.
_SECONDS_TO_END = 3.0
# Remedies in messages mention stack settings and commands of the Pulumi CLI, which do not apply to these commands.
_REMEDIES = (
    ("`pulumi up`", "the same command"),
    (", or lower agbcontext:parallelUploads", ""),
    ("agbcontext:apiKey in the stack's configuration, or ", ""),
    ("agbcontext:apiKey, or ", ""),
    ("agbcontext:endpoint, or ", ""),
    (
        "Set it with `pulumi config set --secret agbcontext:apiKey`, or set the environment variable AGB_API_KEY",
        "Set the environment variable AGB_API_KEY",
    ),
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
        result = _interruptible(partial(_run, options))
    except KeyboardInterrupt:
        sys.stderr.write(f"{INTERRUPTED}\n")
        return _INTERRUPTED
    except AGBError as error:
        sys.stderr.write(f"{_worded(error)}\n")
        return _ERROR
    sys.stdout.write(f"{result}\n")
    return 0


def _run(options: Namespace) -> str:
    service = connect(_account())
    if options.command == "download":
        return download(service, options.context_id, options.directory, overwrite=options.overwrite)
    filters = Filters(exclude=options.exclude, include_hidden=options.hidden)
    return upload(service, options.directory, options.context_id, filters, overwrite=options.overwrite)


def _account() -> Account:
    configuration, failures = read_configuration(lambda _key: None)
    if any(failure.property == f"{NAMESPACE}:timeoutMs" for failure in failures):
        variable = ENVIRONMENT["timeoutMs"]
        raise messages.unusable_setting(variable, os.environ.get(variable, ""), "a positive number of milliseconds")
    return configuration.account()


def _interruptible(work: Callable[[], str]) -> str:
    """Run work in another thread, because Ctrl-C can raise an exception between any two steps of the main thread.

    Ctrl-C ends every wait of the work. Work that does not wait, such as hashing a large file, ends with the process.
    """
    result: Future[str] = Future()
    with within(math.inf) as scope:
        try:
            Thread(target=copy_context().run, args=(_settle, result, work), daemon=True).start()
            while not wait([result], SLICE).done:  # Windows handles Ctrl-C only between waits
                pass
        except KeyboardInterrupt:
            scope.cancel()
            wait([result], _SECONDS_TO_END)
            raise
    return result.result()


def _settle(result: Future[str], work: Callable[[], str]) -> None:
    try:
        result.set_result(work())
    except BaseException as error:  # noqa: BLE001  raised again in the main thread
        result.set_exception(error)


def _worded(error: AGBError) -> str:
    text = str(error)
    for remedy, of_command in _REMEDIES:
        text = text.replace(remedy, of_command)
    return text
