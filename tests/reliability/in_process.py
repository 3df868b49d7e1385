"""Both adapters in this process, called as the engine calls them, without sockets and without startup time."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, cast

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.dynamic.directory_provider import ContextDirectoryProvider
from pulumi_agbcontext.dynamic.file_provider import ContextFileProvider
from pulumi_agbcontext.dynamic.provider import ContextProvider
from pulumi_agbcontext.engine_connection import EngineConnection
from pulumi_agbcontext.plugin.servicer import Provider
from tests.plugin import adapters
from tests.plugin.adapters import RefusedError, _refusal

PROVIDER_KEY = "__provider"


class Ended(grpc.RpcError):
    """End of a plugin call, in the form in which gRPC reports it to a client."""

    def __init__(self, details: str, metadata: tuple[tuple[str, bytes], ...]) -> None:
        super().__init__(details)
        self._details = details
        self._metadata = metadata

    def details(self) -> str:
        return self._details

    def trailing_metadata(self) -> list[Any]:
        return [_Entry(key, value) for key, value in self._metadata]


class _Entry:
    def __init__(self, key: str, value: bytes) -> None:
        self.key, self.value = key, value


class _Call:
    """The part of gRPC that the methods of a servicer need: a way to end the call."""

    def __init__(self) -> None:
        self._metadata: tuple[tuple[str, bytes], ...] = ()

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self._metadata = metadata

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise Ended(details, self._metadata)


class PluginInProcess(adapters.Plugin):
    """The servicer of the plugin."""

    def _start(self) -> None:
        self._has_acted = False
        self._provider = Provider("0.0.0", EngineConnection(""))
        settings = adapters.to_struct(self.settings(self._configuration))
        self.call("Configure", provider_pb2.ConfigureRequest(args=settings, acceptSecrets=True))

    def call(self, method: str, request: Any, timeout: float = 60) -> Any:
        self._has_acted |= method in ("Diff", "Create", "Update", "Delete", "Read")
        try:
            return getattr(self._provider, method)(request, cast(Any, _Call()))
        except Ended as error:
            raise _refusal(error) from error

    def stop(self) -> None:
        """Do nothing, because there is nothing to stop."""


class DynamicInProcess(adapters.Dynamic):
    """The provider classes, called as the SDK's server for dynamic providers calls them (release 3.272)."""

    def _start(self) -> None:
        self._has_acted = False
        sys.argv = [sys.argv[0], f"engine {next(adapters.ENGINES)}"]  # a provider process belongs to one engine
        config = Config(self.settings(self._configuration), "shop")
        self._providers: dict[str, ResourceProvider] = {
            "Context": ContextProvider(),
            "ContextDirectory": ContextDirectoryProvider(),
            "ContextFile": ContextFileProvider(),
        }
        for provider in self._providers.values():
            provider.configure(ConfigureRequest(config=config))

    def call(self, method: str, request: Any, timeout: float = 60) -> Any:
        self._has_acted |= method in ("Diff", "Create", "Update", "Delete", "Read")
        provider = self._providers[request.urn.split("::")[2].rpartition(":")[2]]
        try:
            return _METHODS[method](provider, request)
        except Exception as error:
            raise RefusedError(traceback.format_exc()) from error

    def stop(self) -> None:
        """Do nothing, because there is nothing to stop."""


def _check(provider: ResourceProvider, request: Any) -> Any:
    olds, news = (rpc.deserialize_properties(struct, True) for struct in (request.olds, request.news))
    answer = provider.check(olds, news)
    failures = [provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in answer.failures]
    return provider_pb2.CheckResponse(inputs=_struct(answer.inputs, news), failures=failures)


def _diff(provider: ResourceProvider, request: Any) -> Any:
    olds, news = (rpc.deserialize_properties(struct, True) for struct in (request.olds, request.news))
    found = provider.diff(request.id, olds, news)
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if found.changes else none,
        replaces=found.replaces or [],
        deleteBeforeReplace=bool(found.delete_before_replace),
    )


def _create(provider: ResourceProvider, request: Any) -> Any:
    properties = rpc.deserialize_properties(request.properties)
    made = provider.create(properties)
    return provider_pb2.CreateResponse(id=made.id, properties=_struct(made.outs or {}, properties))


def _read(provider: ResourceProvider, request: Any) -> Any:
    properties = rpc.deserialize_properties(request.properties)
    found = provider.read(request.id, properties)
    inputs = None if found.inputs is None else _struct(found.inputs, properties)
    return provider_pb2.ReadResponse(id=found.id, properties=_struct(found.outs, properties), inputs=inputs)


def _update(provider: ResourceProvider, request: Any) -> Any:
    olds, news = (rpc.deserialize_properties(struct) for struct in (request.olds, request.news))
    done = provider.update(request.id, olds, news)
    return provider_pb2.UpdateResponse(properties=_struct(done.outs or {}, news))


def _delete(provider: ResourceProvider, request: Any) -> Any:
    provider.delete(request.id, rpc.deserialize_properties(request.properties))
    return empty_pb2.Empty()


_METHODS: Mapping[str, Callable[[ResourceProvider, Any], Any]] = {
    "Check": _check,
    "Diff": _diff,
    "Create": _create,
    "Read": _read,
    "Update": _update,
    "Delete": _delete,
}


def _struct(properties: Mapping[str, Any], asked: Mapping[str, Any]) -> struct_pb2.Struct:
    loop = asyncio.new_event_loop()
    try:
        whole = {**properties, PROVIDER_KEY: asked[PROVIDER_KEY]}
        return cast(struct_pb2.Struct, loop.run_until_complete(rpc.serialize_properties(whole, {})))
    finally:
        loop.close()
