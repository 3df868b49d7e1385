"""Both adapters as provider processes, called over the provider protocol as the engine calls them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from pulumi_agbcontext.dynamic.directory_provider import ContextDirectoryProvider
from pulumi_agbcontext.dynamic.encoding import encode_files
from pulumi_agbcontext.dynamic.file_provider import ContextFileProvider
from pulumi_agbcontext.dynamic.options import RESOURCE
from pulumi_agbcontext.dynamic.provider import ContextProvider
from pulumi_agbcontext.lifecycle.context.derived_name import derived_name
from pulumi_agbcontext.testing.engine.property_values import SIGNATURE, UNKNOWN, Secret, from_struct, reveal, to_struct

PLUGIN = Path(sys.executable).with_name("pulumi-resource-agbcontext")
KEY = "key-of-the-plugin-tests"
ENGINES = count()  # numbers of the engines; each command of the user starts a new engine
# A failed operation reports its result in the metadata. The engine (gRPC for Go) accepts 16 MiB, gRPC for C 16 KiB.
LIKE_THE_ENGINE = [
    ("grpc.max_metadata_size", 16 << 20),
    ("grpc.absolute_max_metadata_size", 16 << 20),
    ("grpc.max_receive_message_length", 400 << 20),
]
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
PROVIDERS = {
    "Context": ContextProvider,
    "ContextDirectory": ContextDirectoryProvider,
    "ContextFile": ContextFileProvider,
}

__all__ = ["KEY", "UNKNOWN", "Secret", "reveal"]


class RefusedError(Exception):
    """A call that failed, or faults that check found. The text is what the engine would show."""


class ResourceInitFailedError(RefusedError):
    """A create or update that failed after it had changed something, with the result to record."""

    def __init__(self, reason: str, id_: str, outputs: dict[str, Any]) -> None:
        super().__init__(reason)
        self.id = id_
        self.outputs = outputs


def text_asset(text: str) -> dict[str, str]:
    """Return a StringAsset as the engine sends it."""
    return {SIGNATURE: ASSET, "text": text}


def file_asset(path: str) -> dict[str, str]:
    """Return a FileAsset as the engine sends it."""
    return {SIGNATURE: ASSET, "path": path}


def folder_archive(path: str) -> dict[str, str]:
    """Return a FileArchive as the engine sends it."""
    return {SIGNATURE: ARCHIVE, "path": path}


class Adapter:
    """A provider process."""

    name = ""
    stack = "dev"
    command: tuple[str, ...] = ()
    engine = ""  # address; if it is empty, every process gets another address at which no engine listens

    def __init__(self, directory: Path, **configuration: Any) -> None:
        self.directory = directory
        self._configuration = configuration
        self._start()

    def _start(self) -> None:
        self._has_acted = False
        command = (*self.command, self.engine or f"nowhere{next(ENGINES)}")
        self._process = subprocess.Popen(command, cwd=self.directory, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=LIKE_THE_ENGINE)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        settings = to_struct(self.settings(self._configuration))
        self.call("Configure", provider_pb2.ConfigureRequest(args=settings, acceptSecrets=True))

    def begin_command(self) -> None:
        """Begin another command of the user, for which the engine starts a new process."""
        if self._has_acted:
            self.stop()
            self._start()

    def settings(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration as the engine spells it for this adapter."""
        raise NotImplementedError

    def inputs(self, kind: str, program: Mapping[str, Any], name: str = "data") -> dict[str, Any]:
        """Return a program's properties as the engine passes them to this adapter. Files are given as text."""
        raise NotImplementedError

    def urn(self, kind: str, name: str = "data") -> str:
        """Return the URN of a resource."""
        return f"urn:pulumi:{self.stack}::shop::{self.name}:{kind}::{name}"

    def call(self, method: str, request: Any, timeout: float = 60) -> Any:
        """Call the process. Raise a failure with the text that the engine would show."""
        self._has_acted |= method in ("Diff", "Create", "Update", "Delete", "Read")
        try:
            return getattr(self.stub, method)(request, timeout=timeout)
        except grpc.RpcError as error:
            raise _refusal(error) from None

    def cancel(self) -> None:
        """Cancel as the user's Ctrl-C does."""
        self.call("Cancel", empty_pb2.Empty())

    def stop(self) -> None:
        """Stop the process."""
        self._channel.close()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Plugin(Adapter):
    """The provider plugin."""

    name = "agbcontext:index"
    command = (str(PLUGIN),)

    def settings(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        return dict(configuration)

    def inputs(self, kind: str, program: Mapping[str, Any], name: str = "data") -> dict[str, Any]:
        files = {key: _as_assets(program[key]) for key in ("files", "secretFiles") if key in program}
        return {**program, **files}


class Dynamic(Adapter):
    """The dynamic provider."""

    name = "pulumi-python:dynamic/agbcontext"
    command = (sys.executable, "-u", "-m", "pulumi.dynamic")

    def settings(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        return {f"agbcontext:{key}": str(value) for key, value in configuration.items()}

    def inputs(self, kind: str, program: Mapping[str, Any], name: str = "data") -> dict[str, Any]:
        provider = PROVIDERS[kind]()
        declared = {
            "project": "shop",
            "stack": self.stack,
            "name": name,
            "derivedName": derived_name("shop", self.stack, "", name),
        }
        files = {key: encode_files(program[key]) for key in ("files", "secretFiles") if key in program}
        return {**program, **files, RESOURCE: declared, "__provider": serialize_provider(provider)}


def _as_assets(files: Any) -> Any:
    if isinstance(files, Secret):
        return Secret(_as_assets(files.value))
    if not isinstance(files, Mapping):
        return files
    return {path: text_asset(file) if isinstance(file, str) else file for path, file in files.items()}


def _refusal(error: grpc.RpcError) -> RefusedError:
    for entry in error.trailing_metadata() or ():
        if entry.key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(entry.value)
            done = provider_pb2.ErrorResourceInitFailed()
            assert status.details[0].Unpack(done)
            assert [str(error.details())] == list(done.reasons)
            return ResourceInitFailedError(done.reasons[0], done.id, from_struct(done.properties))
    return RefusedError(str(error.details()))


class Life:
    """A resource that is managed as the engine does it: check, diff, then one operation."""

    def __init__(self, adapter: Adapter, kind: str = "Context", name: str = "data") -> None:
        self.adapter = adapter
        self.kind = kind
        self.name = name
        self.urn = adapter.urn(kind, name)
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.has_init_errors = False

    def up(self, *, timeout: float = 0.0, **program: Any) -> str:
        """Deploy the program and return the action: create, same, update or replace."""
        self.adapter.begin_command()
        news = self.check(self.inputs if self.id else {}, program)
        if not self.id:
            return self.create(news, timeout)
        diff = self.diff(news)
        if diff.changes == provider_pb2.DiffResponse.DIFF_NONE and not self.has_init_errors:
            self.inputs = news
            return "same"
        if diff.replaces:
            assert diff.deleteBeforeReplace
            self.delete()
            return self.create(self.check({}, program), timeout).replace("create", "replace")
        return self.update(news, timeout)

    def check(self, olds: dict[str, Any], program: Mapping[str, Any]) -> dict[str, Any]:
        """Return the checked inputs."""
        news = to_struct(self.adapter.inputs(self.kind, program, self.name))
        answer = self.adapter.call("Check", provider_pb2.CheckRequest(urn=self.urn, olds=to_struct(olds), news=news))
        if answer.failures:
            raise RefusedError("; ".join(fault.reason for fault in answer.failures))
        return from_struct(answer.inputs)

    def diff(self, news: dict[str, Any]) -> provider_pb2.DiffResponse:
        """Return the changes that an update would make."""
        request = provider_pb2.DiffRequest(
            id=self.id,
            urn=self.urn,
            olds=to_struct(self.outputs),
            news=to_struct(news),
            old_inputs=to_struct(self.inputs),
        )
        answer: provider_pb2.DiffResponse = self.adapter.call("Diff", request)
        return answer

    def create(self, news: dict[str, Any], timeout: float = 0.0, preview: bool = False) -> str:
        """Create the resource from checked inputs."""
        request = provider_pb2.CreateRequest(urn=self.urn, properties=to_struct(news), timeout=timeout, preview=preview)
        self.inputs = news
        answer = self._keeping_parts("Create", request)
        self.id, self.outputs = answer.id, from_struct(answer.properties)
        return "create"

    def update(self, news: dict[str, Any], timeout: float = 0.0, preview: bool = False) -> str:
        """Update the resource to checked inputs."""
        request = provider_pb2.UpdateRequest(
            id=self.id,
            urn=self.urn,
            olds=to_struct(self.outputs),
            news=to_struct(news),
            timeout=timeout,
            preview=preview,
        )
        self.outputs = from_struct(self._keeping_parts("Update", request).properties)
        self.inputs = news  # not earlier: after a failed update, the engine keeps the old inputs
        return "update"

    def _keeping_parts(self, method: str, request: Any) -> Any:
        """Call a method and, as the engine does, record the result that a failed call reports."""
        try:
            answer = self.adapter.call(method, request)
        except ResourceInitFailedError as part:
            self.id, self.outputs, self.has_init_errors = part.id, part.outputs, True
            raise
        self.has_init_errors = False
        return answer

    def refresh(self) -> bool:
        """Refresh the resource and return whether it exists."""
        self.adapter.begin_command()
        request = provider_pb2.ReadRequest(
            id=self.id, urn=self.urn, properties=to_struct(self.outputs), inputs=to_struct(self.inputs)
        )
        answer = self.adapter.call("Read", request)
        self.id, self.outputs, self.has_init_errors = answer.id, from_struct(answer.properties), False
        if answer.HasField("inputs") and answer.inputs.fields:
            self.inputs = from_struct(answer.inputs)
        return bool(self.id)

    def imported(self, id_: str) -> bool:
        """Read a resource of another owner, as import does, and return whether it exists."""
        answer = self.adapter.call("Read", provider_pb2.ReadRequest(id=id_, urn=self.urn))
        self.id, self.inputs, self.outputs = answer.id, from_struct(answer.inputs), from_struct(answer.properties)
        return bool(self.id)

    def destroy(self) -> None:
        """Delete the resource in a new command."""
        self.adapter.begin_command()
        self.delete()

    def delete(self) -> None:
        """Delete the resource."""
        request = provider_pb2.DeleteRequest(id=self.id, urn=self.urn, properties=to_struct(self.outputs))
        self.adapter.call("Delete", request)
        self.id, self.inputs, self.outputs = "", {}, {}
