"""Provider processes: the SDK's own dynamic provider, started as the real engine starts it and spoken to over gRPC."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.errors import OperationError
from pulumi_agbcontext.testing.engine.processes import Process
from pulumi_agbcontext.testing.engine.project import ConfigText, Project
from pulumi_agbcontext.testing.engine.values import (
    Properties,
    from_struct,
    has_unknown,
    keep_secrets,
    reveal,
    to_struct,
)

DYNAMIC_PACKAGE = "pulumi-python"
START_SECONDS = 30.0

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class CheckFailure:
    """An input that the provider refuses."""

    property: str
    reason: str


@dataclass
class Diff:
    """What a provider says about the way from old to new."""

    changes: bool | None
    replaces: list[str] = field(default_factory=list)
    delete_before_replace: bool = False


@dataclass(frozen=True)
class Observed:
    """What a read found: an empty id when the resource is gone, inputs when the provider tells them."""

    id: str
    outputs: Properties
    inputs: Properties | None


class Provider:
    """One dynamic provider process, and the calls on it. It gets secrets in the clear, as the SDK's server asks."""

    def __init__(
        self,
        project: Project,
        engine_address: str,
        config: dict[str, ConfigText],
        deadline: float,
        on_line: Callable[[str], None],
    ) -> None:
        """Start the process and configure it with the whole stack configuration.

        Arguments: deadline: on the clock of `time.monotonic`; no call goes on beyond it.
        """
        self._deadline = deadline
        environment = {"PULUMI_PROJECT": project.name, "PULUMI_CONFIG": "{}"}
        if project.virtualenv is not None:
            environment["PULUMI_RUNTIME_VIRTUALENV"] = str(project.virtualenv)
        command = [project.python, "-u", "-m", "pulumi.dynamic", engine_address]
        self._process = Process(command, project.working_folder, environment, on_line, speaks_first=True)
        port = self._process.read_first_line(START_SECONDS)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_GRPC_CHANNEL_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._configure(config)

    def _configure(self, config: dict[str, ConfigText]) -> None:
        request = provider_pb2.ConfigureRequest(
            args=to_struct(config), acceptSecrets=True, acceptResources=True, sends_old_inputs=True
        )
        self._call(lambda timeout: self._stub.Configure(request, timeout=timeout))

    def check(self, urn: str, olds: Properties, news: Properties) -> tuple[Properties, list[CheckFailure]]:
        """The inputs as the provider wants them, and what it refuses."""
        request = provider_pb2.CheckRequest(
            urn=urn, olds=_plain(olds), news=_plain(news), name=_name(urn), type=_type(urn)
        )
        answer = self._call(lambda timeout: self._stub.Check(request, timeout=timeout))
        failures = [CheckFailure(failure.property, failure.reason) for failure in answer.failures]
        return keep_secrets(from_struct(answer.inputs), news), failures

    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff:
        """What it takes to get from an old resource to new inputs."""
        request = provider_pb2.DiffRequest(
            id=old.id,
            urn=old.urn,
            olds=_plain(old.outputs),
            news=_plain(inputs),
            old_inputs=_plain(old.inputs),
            ignoreChanges=ignored,
            name=_name(old.urn),
            type=_type(old.urn),
        )
        answer = self._call(lambda timeout: self._stub.Diff(request, timeout=timeout))
        known = {
            provider_pb2.DiffResponse.DIFF_SOME: True,
            provider_pb2.DiffResponse.DIFF_NONE: False,
        }
        return Diff(known.get(answer.changes), list(answer.replaces), answer.deleteBeforeReplace)

    def create(self, new: Resource) -> tuple[str, Properties]:
        """Create the resource: its id and outputs."""
        request = provider_pb2.CreateRequest(
            urn=new.urn,
            properties=_plain(new.inputs),
            timeout=new.custom_timeouts.get("create", 0),
            name=_name(new.urn),
            type=_type(new.urn),
        )
        answer = self._call(lambda timeout: self._stub.Create(request, timeout=timeout))
        if not answer.id:
            raise OperationError("the provider returned no id from create")
        return answer.id, self._outputs(answer, new)

    def update(self, old: Resource, new: Resource) -> Properties:
        """Update the resource in place: its new outputs."""
        request = provider_pb2.UpdateRequest(
            id=old.id,
            urn=new.urn,
            olds=_plain(old.outputs),
            news=_plain(new.inputs),
            old_inputs=_plain(old.inputs),
            ignoreChanges=new.ignore_changes,
            timeout=new.custom_timeouts.get("update", 0),
            name=_name(new.urn),
            type=_type(new.urn),
        )
        return self._outputs(self._call(lambda timeout: self._stub.Update(request, timeout=timeout)), new)

    def read(self, resource: Resource) -> Observed:
        """What there is under the resource's id."""
        request = provider_pb2.ReadRequest(
            id=resource.id,
            urn=resource.urn,
            properties=_plain(resource.outputs),
            inputs=_plain(resource.inputs),
            name=_name(resource.urn),
            type=_type(resource.urn),
        )
        if "read" in resource.custom_timeouts:  # a field that older releases of the SDK do not have
            request.timeout = resource.custom_timeouts["read"]
        answer = self._call(lambda timeout: self._stub.Read(request, timeout=timeout))
        outputs = keep_secrets(from_struct(answer.properties), resource.outputs)
        has_inputs = answer.HasField("inputs")
        inputs = keep_secrets(from_struct(answer.inputs), resource.inputs) if has_inputs else None
        return Observed(answer.id, outputs, inputs)

    def delete(self, old: Resource) -> None:
        """Delete the resource."""
        request = provider_pb2.DeleteRequest(
            id=old.id,
            urn=old.urn,
            properties=_plain(old.outputs),
            old_inputs=_plain(old.inputs),
            timeout=old.custom_timeouts.get("delete", 0),
            name=_name(old.urn),
            type=_type(old.urn),
        )
        self._call(lambda timeout: self._stub.Delete(request, timeout=timeout))

    def stop(self) -> None:
        """End the process."""
        self._channel.close()
        self._process.stop()

    def _outputs(self, answer: provider_pb2.CreateResponse | provider_pb2.UpdateResponse, new: Resource) -> Properties:
        outputs = from_struct(answer.properties)
        if has_unknown(outputs):
            raise OperationError("the provider returned an unknown output from an update")
        return keep_secrets(outputs, new.inputs)

    def _call(self, call: Callable[[float], _Answer]) -> _Answer:
        try:
            return call(max(self._deadline - time.monotonic(), 0.001))
        except grpc.RpcError as error:
            raise OperationError(_words(error)) from None


def _words(error: grpc.RpcError) -> str:
    if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
        return "the provider did not answer within the deployment's time limit"
    if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
        return "the provider process ended before it answered"
    return str(error.details()).strip()


def _plain(properties: Properties) -> struct_pb2.Struct:
    return to_struct(reveal(properties))


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[1]


def _type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]
