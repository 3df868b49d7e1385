"""All uses of internals of Pulumi's Python SDK, each with the reason why the public API is not sufficient."""

from __future__ import annotations

import functools
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime import proto, rpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS

# The provider protocol marks secrets, assets and outputs with these keys; the SDK has no public definition of them.
SIGNATURE_KEY = rpc._special_sig_key
SECRET_SIGNATURE = rpc._special_secret_sig
ASSET_SIGNATURE = rpc._special_asset_sig
ARCHIVE_SIGNATURE = rpc._special_archive_sig
OUTPUT_SIGNATURE = rpc._special_output_value_sig
UNKNOWN_TEXT = rpc.UNKNOWN

# A dynamic provider receives and returns unknown values as this object.
ENGINE_UNKNOWN = UNKNOWN
EngineUnknown = Unknown

_SECONDS_TO_FAIL = 5.0

# The gRPC options that the SDK uses, with the maximum message size.
GRPC_OPTIONS = _GRPC_CHANNEL_OPTIONS


def engine_address() -> str:
    """Return the address of the engine that started this provider process, or an empty string if there is none.

    The SDK starts the process of dynamic providers and provides no other access to the engine.
    """
    return sys.argv[1] if len(sys.argv) > 1 else ""


def output_of(resource: object, name: str) -> pulumi.Output[Any]:
    """Return the Output that the SDK set for a property, by wire name.

    The SDK stores attributes under their wire names, while programs read them in snake case.
    """
    return resource.__dict__[name]  # type: ignore[no-any-return]  # the SDK sets one Output for each property


def shorten_tracebacks(error_type: type[Exception]) -> None:
    """Show errors of a type without a traceback.

    The SDK's server for dynamic providers formats every exception with `traceback.format_exc()`, which this function
    replaces. Other exceptions keep their tracebacks, for the other dynamic providers in the process.
    """
    original = traceback.format_exc
    if getattr(original, "shortened_by_agbcontext", False):
        return

    @functools.wraps(original)
    def format_exc(*arguments: Any, **keywords: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, error_type) else original(*arguments, **keywords)

    format_exc.shortened_by_agbcontext = True  # type: ignore[attr-defined]  # prevents wrapping twice
    traceback.format_exc = format_exc


def on_interrupt(cancel: Callable[[], None]) -> None:
    """Run a function if the process is interrupted, before the SDK's server for dynamic providers stops.

    The SDK stops the server without waiting for its calls. The engine then shows `Cancelling all calls` as the error of
    each call, and the process prints a traceback if the engine interrupts it again. The SDK has no hook, and a provider
    is created in a thread, which cannot handle signals. This function therefore replaces `stop` of the server.

    Args:
        cancel: function that cancels the operations, which then have a few seconds to fail with their own errors.
    """
    server = type(grpc.server(ThreadPoolExecutor(1)))
    original = server.stop
    if getattr(original, "cancels_for_agbcontext", False):
        return

    @functools.wraps(original)
    def stop(self: grpc.Server, grace: float | None) -> threading.Event:
        if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
            return original(self, grace)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        cancel()
        stopped = original(self, _SECONDS_TO_FAIL)
        stopped.wait()
        return stopped

    stop.cancels_for_agbcontext = True  # type: ignore[attr-defined]  # prevents wrapping twice
    server.stop = stop  # type: ignore[method-assign]  # see above


_answer = threading.local()


class _DiffResponses:
    """Replacement of the message class `DiffResponse` in the SDK's server for dynamic providers."""

    def __init__(self, original: type[proto.DiffResponse]) -> None:
        self._original = original

    def __call__(self, **fields: Any) -> proto.DiffResponse:
        """Return the response that was set in this thread, otherwise the response that the SDK creates."""
        answer = getattr(_answer, "diff", None)
        _answer.diff = None
        return answer or self._original(**fields)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def answer_diff_with(response: proto.DiffResponse) -> None:
    """Answer the current call of `diff` with a response.

    `DiffResult` has no detailed diff. Without a detailed diff, the engine displays every entry of a changed map,
    including unchanged entries. The SDK's server creates its response immediately after `diff` returns, in the same
    thread.
    """
    if not isinstance(proto.DiffResponse, _DiffResponses):
        vars(proto)["DiffResponse"] = _DiffResponses(proto.DiffResponse)
    _answer.diff = response
