"""Provider processes, called over gRPC as the Pulumi engine calls them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_agbcontext.testing.engine.autonaming import Options
from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.engine_errors import OperationError
from pulumi_agbcontext.testing.engine.processes import Process
from pulumi_agbcontext.testing.engine.property_values import (
    Properties,
    Value,
    from_struct,
    has_unknown,
    keep_secrets,
    reveal,
    to_struct,
)
from pulumi_agbcontext.testing.engine.provider_responses import (
    CheckFailure,
    Diff,
    ListedResource,
    Observed,
    read_diff,
    read_error,
    read_failures,
)

START_SECONDS = 30.0
# The result of a partial operation is in the metadata. gRPC in Go accepts 16 MiB of metadata, gRPC in C 16 KiB.
_METADATA_BYTES = 16 << 20
_OPTIONS = [
    *_GRPC_CHANNEL_OPTIONS,
    ("grpc.max_metadata_size", _METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", _METADATA_BYTES),
]

_Answer = TypeVar("_Answer")


class Provider:
    """A provider process and its calls. It receives secrets in plaintext unless it supports secrets."""

    def __init__(self, process: Process, deadline: float) -> None:
        """Wait until the process is listening.

        Arguments: deadline: a time of `time.monotonic` that limits all calls.
        """
        self._deadline = deadline
        self._process = process
        port = process.read_first_line(START_SECONDS)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._accepts_secrets = False
        self._supports_preview = False
        self.supports_autonaming = False
        self._is_known = True

    # its configuration

    def check_config(self, urn: str, olds: Properties, news: Properties) -> tuple[Properties, list[CheckFailure]]:
        """Return the checked settings and the failures. A dynamic provider does not check settings."""
        request = provider_pb2.CheckRequest(**_about(urn), olds=to_struct(reveal(olds)), news=to_struct(reveal(news)))
        try:
            answer = self._stub.CheckConfig(request, timeout=self._seconds_left())
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return news, []
            raise read_error(error) from None
        return keep_secrets(from_struct(answer.inputs), news), read_failures(answer.failures)

    def diff_config(self, old: Resource, inputs: Properties) -> Diff:
        """Return the diff of old and new settings."""
        request = provider_pb2.DiffRequest(
            **_about(old.urn),
            olds=to_struct(reveal(old.outputs)),
            news=to_struct(reveal(inputs)),
            old_inputs=to_struct(reveal(old.inputs)),
        )
        try:
            return read_diff(self._stub.DiffConfig(request, timeout=self._seconds_left()))
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return Diff(None)
            raise read_error(error) from None

    def configure(self, inputs: Properties) -> None:
        """Configure the process. If a setting is unknown during a preview, the process receives no further calls."""
        self._is_known = not has_unknown(inputs)
        if self._is_known:
            request = provider_pb2.ConfigureRequest(
                args=to_struct(inputs), acceptSecrets=True, acceptResources=True, sends_old_inputs=True
            )
            answer = self._call(self._stub.Configure, request)
            self._accepts_secrets, self._supports_preview = answer.acceptSecrets, answer.supportsPreview
            self.supports_autonaming = answer.supports_autonaming_configuration

    # its resources

    def check(
        self, urn: str, olds: Properties, news: Properties, autonaming: Options | None = None
    ) -> tuple[Properties, list[CheckFailure]]:
        """Return the checked inputs and the failures.

        Arguments: autonaming: how to name the resource if the program does not.
        """
        if not self._is_known:
            return news, []
        request = provider_pb2.CheckRequest(**_about(urn), olds=self._struct(olds), news=self._struct(news))
        if autonaming is not None and self.supports_autonaming:
            request.autonaming.CopyFrom(autonaming)
        answer = self._call(self._stub.Check, request)
        return self._properties(answer.inputs, news), read_failures(answer.failures)

    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff:
        """Return the diff of an old resource and new inputs."""
        if not self._is_known:
            return Diff(True)
        request = provider_pb2.DiffRequest(**self._changing(old), news=self._struct(inputs), ignoreChanges=ignored)
        return read_diff(self._call(self._stub.Diff, request))

    def create(self, new: Resource, preview: bool) -> tuple[str, Properties]:
        """Create the resource. Return its id and outputs.

        Raises: ResourceInitFailedError if it failed partially; OperationError.
        """
        if preview and not (self._is_known and self._supports_preview):
            return "", new.inputs if self._is_known else {}
        request = provider_pb2.CreateRequest(
            **_about(new.urn),
            properties=self._struct(new.inputs),
            timeout=new.custom_timeouts.get("create", 0),
            preview=preview,
        )
        answer = self._call(self._stub.Create, request)
        if not answer.id and not preview:
            raise OperationError("the provider returned no id from create")
        return answer.id, self._outputs(answer, new, preview)

    def update(self, old: Resource, new: Resource, preview: bool) -> Properties:
        """Update the resource in place. Return its new outputs.

        Raises: ResourceInitFailedError if it failed partially; OperationError.
        """
        if preview and not (self._is_known and self._supports_preview):
            return new.inputs if self._is_known else {}
        request = provider_pb2.UpdateRequest(
            **{**self._changing(old), **_about(new.urn)},
            news=self._struct(new.inputs),
            ignoreChanges=new.ignore_changes,
            timeout=new.custom_timeouts.get("update", 0),
            preview=preview,
        )
        return self._outputs(self._call(self._stub.Update, request), new, preview)

    def read(self, resource: Resource) -> Observed:
        """Read the resource with the given id."""
        if not self._is_known:
            return Observed(resource.id, {}, {})
        request = provider_pb2.ReadRequest(
            **_about(resource.urn),
            id=resource.id,
            properties=self._struct(resource.outputs),
            inputs=self._struct(resource.inputs),
        )
        if "read" in resource.custom_timeouts:  # a field that older releases of the SDK do not have
            request.timeout = resource.custom_timeouts["read"]
        answer = self._call(self._stub.Read, request)
        inputs = self._properties(answer.inputs, resource.inputs) if answer.HasField("inputs") else None
        return Observed(answer.id, self._properties(answer.properties, resource.outputs), inputs)

    def delete(self, old: Resource) -> None:
        """Delete the resource."""
        request = provider_pb2.DeleteRequest(
            **_about(old.urn),
            id=old.id,
            properties=self._struct(old.outputs),
            old_inputs=self._struct(old.inputs),
            timeout=old.custom_timeouts.get("delete", 0),
        )
        self._call(self._stub.Delete, request)

    # other calls

    def invoke(self, token: str, arguments: Properties) -> tuple[Properties, list[CheckFailure]]:
        """Call a function. Return its result, and the failures of its arguments."""
        if not self._is_known:
            return {}, []
        request = provider_pb2.InvokeRequest(tok=token, args=self._struct(arguments))
        answer = self._call(self._stub.Invoke, request)
        return from_struct(getattr(answer, "return")), read_failures(answer.failures)

    def list_resources(self, token: str, query: Properties) -> list[ListedResource]:
        """Return the resources of a type that can be imported, from all pages."""
        found: list[ListedResource] = []
        request = provider_pb2.ListRequest(token=token, query=self._struct(query))
        while True:
            page = self._call(self._collect_page, request)
            found += [ListedResource(one.result.id, one.result.name) for one in page if one.HasField("result")]
            request.continuation_token = page[-1].continuation.continuation_token if page else ""
            if not request.continuation_token:
                return found

    def cancel(self) -> None:
        """Request the process to end operations in flight."""
        self._call(self._stub.Cancel, empty_pb2.Empty())

    def stop(self) -> None:
        """End the process."""
        self._channel.close()
        self._process.stop()

    def _struct(self, properties: Properties) -> struct_pb2.Struct:
        return to_struct(properties if self._accepts_secrets else reveal(properties))

    def _properties(self, answer: struct_pb2.Struct, asked: Mapping[str, Value]) -> Properties:
        properties = from_struct(answer)
        return properties if self._accepts_secrets else keep_secrets(properties, asked)

    def _outputs(
        self, answer: provider_pb2.CreateResponse | provider_pb2.UpdateResponse, new: Resource, preview: bool
    ) -> Properties:
        outputs = self._properties(answer.properties, new.inputs)
        if has_unknown(outputs) and not preview:
            raise OperationError("the provider returned an unknown output from an update")
        return outputs

    def _changing(self, old: Resource) -> dict[str, Any]:
        """Return the fields of a request about a change of an old resource."""
        properties = {"olds": self._struct(old.outputs), "old_inputs": self._struct(old.inputs)}
        return {**_about(old.urn), "id": old.id, **properties}

    def _collect_page(self, request: provider_pb2.ListRequest, timeout: float) -> list[provider_pb2.ListResponse]:
        return list(self._stub.List(request, timeout=timeout))

    def _call(self, method: Callable[..., _Answer], request: object) -> _Answer:
        try:
            return method(request, timeout=self._seconds_left())
        except grpc.RpcError as error:
            raise read_error(error) from None

    def _seconds_left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.001)


def _about(urn: str) -> dict[str, Any]:
    """Return the fields of a request that identify the resource."""
    return {"urn": urn, "name": urn.rsplit("::", 1)[1], "type": urn.split("::")[2].rsplit("$", 1)[-1]}
