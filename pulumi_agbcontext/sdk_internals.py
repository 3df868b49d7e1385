"""Everything that depends on internals of Pulumi's Python SDK; each entry says why the public API is not enough."""

from __future__ import annotations

import functools
import sys
import traceback
from typing import Any

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime import rpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS

# The provider protocol marks secrets, assets and outputs with these keys; the SDK defines them nowhere else.
SIGNATURE_KEY = rpc._special_sig_key
SECRET_SIGNATURE = rpc._special_secret_sig
ASSET_SIGNATURE = rpc._special_asset_sig
ARCHIVE_SIGNATURE = rpc._special_archive_sig
OUTPUT_SIGNATURE = rpc._special_output_value_sig
UNKNOWN_TEXT = rpc.UNKNOWN

# A dynamic provider is given unknown values, and gives them back, as this object.
ENGINE_UNKNOWN = UNKNOWN
EngineUnknown = Unknown

# The size of messages that the engine sends to plugins.
GRPC_OPTIONS = _GRPC_CHANNEL_OPTIONS


def engine_address() -> str:
    """Return the address of the engine that started this provider process; empty where there is none.

    The SDK starts the process of dynamic providers, and gives it no other access to the engine.
    """
    return sys.argv[1] if len(sys.argv) > 1 else ""


def output_of(resource: pulumi.Resource, name: str) -> pulumi.Output[Any]:
    """Return the Output that the SDK has set for a property, by its name on the wire.

    The SDK sets attributes under the names of the wire, while programs read them in snake case.
    """
    return resource.__dict__[name]  # type: ignore[no-any-return]  # the SDK sets one Output for each property


def shorten_tracebacks(error_type: type[Exception]) -> None:
    """Show errors of a type as their message alone.

    The SDK's server for dynamic providers words every exception as `traceback.format_exc()`, looked up when it is
    called. Other exceptions pass through, so that other dynamic providers in the process keep their tracebacks.
    """
    original = traceback.format_exc
    if getattr(original, "shortened_by_agbcontext", False):
        return

    @functools.wraps(original)
    def format_exc(*arguments: Any, **keywords: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, error_type) else original(*arguments, **keywords)

    format_exc.shortened_by_agbcontext = True  # type: ignore[attr-defined]  # a mark against wrapping twice
    traceback.format_exc = format_exc
