"""Provider processes, called over gRPC as the Pulumi engine calls them."""

from __future__ import annotations

from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.testing.engine.autonaming import AutonamingOptions
from pulumi_agbcontext.testing.engine.checkpoint import Resource
from pulumi_agbcontext.testing.engine.engine_errors import OperationError
from pulumi_agbcontext.testing.engine.property_values import (
    Properties,
    from_struct,
    has_unknown,
    keep_secrets,
    reveal,
    to_struct,
)
from pulumi_agbcontext.testing.engine.provider_connection import ProviderConnection
from pulumi_agbcontext.testing.engine.provider_responses import (
    CheckFailure,
    Diff,
    ListedResource,
    ReadResult,
    read_diff,
    read_error,
    read_failures,
)


class Provider(ProviderConnection):
    """Client for a provider process. Every call raises `OperationError` if the provider fails.

    Attributes:
        supports_autonaming: whether the provider supports `pulumi:autonaming`.
    """

    supports_autonaming = False
    _supports_preview = False
    _is_known = True

    # configuration

    def check_config(self, urn: str, olds: Properties, news: Properties) -> tuple[Properties, list[CheckFailure]]:
        """Return the checked settings and the failures. Dynamic providers return the settings unchanged.

        Args:
            urn: URN of the provider resource.
            olds: settings in the state.
            news: settings in the program.
        """
        request = provider_pb2.CheckRequest(
            **_resource_fields(urn), olds=to_struct(reveal(olds)), news=to_struct(reveal(news))
        )
        try:
            response = self._stub.CheckConfig(request, timeout=self._seconds_left())
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return news, []
            raise read_error(error) from None
        return keep_secrets(from_struct(response.inputs), news), read_failures(response.failures)

    def diff_config(self, old: Resource, inputs: Properties) -> Diff:
        """Return the diff between old and new settings; its `changes` are None for a dynamic provider.

        Args:
            old: provider resource in the state.
            inputs: checked settings in the program.
        """
        request = provider_pb2.DiffRequest(
            **_resource_fields(old.urn),
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
        """Configure the process. If a setting is unknown during a preview, the process receives no further calls.

        Args:
            inputs: checked settings.
        """
        self._is_known = not has_unknown(inputs)
        if self._is_known:
            request = provider_pb2.ConfigureRequest(
                args=to_struct(inputs), acceptSecrets=True, acceptResources=True, sends_old_inputs=True
            )
            response = self._call(self._stub.Configure, request)
            self._accepts_secrets, self._supports_preview = response.acceptSecrets, response.supportsPreview
            self.supports_autonaming = response.supports_autonaming_configuration

    # resources

    def check(
        self, urn: str, olds: Properties, news: Properties, autonaming: AutonamingOptions | None = None
    ) -> tuple[Properties, list[CheckFailure]]:
        """Return the checked inputs and the failures.

        Args:
            urn: URN of the resource.
            olds: inputs in the state.
            news: inputs in the program.
            autonaming: proposed name, in case the program does not name the resource.
        """
        if not self._is_known:
            return news, []
        request = provider_pb2.CheckRequest(**_resource_fields(urn), olds=self._struct(olds), news=self._struct(news))
        if autonaming is not None and self.supports_autonaming:
            request.autonaming.CopyFrom(autonaming)
        response = self._call(self._stub.Check, request)
        return self._properties(response.inputs, news), read_failures(response.failures)

    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff:
        """Return the diff between an old resource and new inputs.

        Args:
            old: resource in the state.
            inputs: checked inputs in the program.
            ignored: property paths in the option `ignore_changes`.
        """
        if not self._is_known:
            return Diff(True)
        request = provider_pb2.DiffRequest(
            **self._old_state_fields(old), news=self._struct(inputs), ignoreChanges=ignored
        )
        return read_diff(self._call(self._stub.Diff, request))

    def create(self, new: Resource, preview: bool) -> tuple[str, Properties]:
        """Create a resource.

        Args:
            new: resource with checked inputs.
            preview: whether this is a preview.

        Returns:
            The ID and the outputs.

        Raises:
            ResourceInitFailedError: the create failed partially.
        """
        if preview and not (self._is_known and self._supports_preview):
            return "", new.inputs if self._is_known else {}
        request = provider_pb2.CreateRequest(
            **_resource_fields(new.urn),
            properties=self._struct(new.inputs),
            timeout=new.custom_timeouts.get("create", 0),
            preview=preview,
        )
        response = self._call(self._stub.Create, request)
        if not response.id and not preview:
            raise OperationError("the provider returned no id from create")
        return response.id, self._outputs(response, new, preview)

    def update(self, old: Resource, new: Resource, preview: bool) -> Properties:
        """Update a resource in place.

        Args:
            old: resource in the state.
            new: resource with checked inputs.
            preview: whether this is a preview.

        Returns:
            The new outputs.

        Raises:
            ResourceInitFailedError: the update failed partially.
        """
        if preview and not (self._is_known and self._supports_preview):
            return new.inputs if self._is_known else {}
        request = provider_pb2.UpdateRequest(
            **{**self._old_state_fields(old), **_resource_fields(new.urn)},
            news=self._struct(new.inputs),
            ignoreChanges=new.ignore_changes,
            timeout=new.custom_timeouts.get("update", 0),
            preview=preview,
        )
        return self._outputs(self._call(self._stub.Update, request), new, preview)

    def read(self, resource: Resource) -> ReadResult:
        """Read a resource by its ID."""
        if not self._is_known:
            return ReadResult(resource.id, {}, {})
        request = provider_pb2.ReadRequest(
            **_resource_fields(resource.urn),
            id=resource.id,
            properties=self._struct(resource.outputs),
            inputs=self._struct(resource.inputs),
        )
        if "read" in resource.custom_timeouts:  # a field that older releases of the SDK do not have
            request.timeout = resource.custom_timeouts["read"]
        response = self._call(self._stub.Read, request)
        inputs = self._properties(response.inputs, resource.inputs) if response.HasField("inputs") else None
        return ReadResult(response.id, self._properties(response.properties, resource.outputs), inputs)

    def delete(self, old: Resource) -> None:
        """Delete a resource."""
        request = provider_pb2.DeleteRequest(
            **_resource_fields(old.urn),
            id=old.id,
            properties=self._struct(old.outputs),
            old_inputs=self._struct(old.inputs),
            timeout=old.custom_timeouts.get("delete", 0),
        )
        self._call(self._stub.Delete, request)

    # other calls

    def invoke(self, token: str, arguments: Properties) -> tuple[Properties, list[CheckFailure]]:
        """Call a function.

        Args:
            token: type token of the function.
            arguments: arguments of the function.

        Returns:
            The result, and the failures of the arguments.
        """
        if not self._is_known:
            return {}, []
        request = provider_pb2.InvokeRequest(tok=token, args=self._struct(arguments))
        response = self._call(self._stub.Invoke, request)
        return from_struct(getattr(response, "return")), read_failures(response.failures)

    def list_resources(self, token: str, query: Properties) -> list[ListedResource]:
        """Return all resources of a type that can be imported.

        Args:
            token: type of the resources.
            query: list inputs by wire name.
        """
        listed: list[ListedResource] = []
        request = provider_pb2.ListRequest(token=token, query=self._struct(query))
        while True:
            page = self._call(self._collect_page, request)
            listed += [ListedResource(item.result.id, item.result.name) for item in page if item.HasField("result")]
            request.continuation_token = page[-1].continuation.continuation_token if page else ""
            if not request.continuation_token:
                return listed

    def _outputs(
        self, response: provider_pb2.CreateResponse | provider_pb2.UpdateResponse, new: Resource, preview: bool
    ) -> Properties:
        outputs = self._properties(response.properties, new.inputs)
        if has_unknown(outputs) and not preview:
            raise OperationError("the provider returned an unknown output from an update")
        return outputs

    def _old_state_fields(self, old: Resource) -> dict[str, Any]:
        """Return the fields of a request that describe an old resource."""
        properties = {"olds": self._struct(old.outputs), "old_inputs": self._struct(old.inputs)}
        return {**_resource_fields(old.urn), "id": old.id, **properties}

    def _collect_page(self, request: provider_pb2.ListRequest, timeout: float) -> list[provider_pb2.ListResponse]:
        return list(self._stub.List(request, timeout=timeout))


def _resource_fields(urn: str) -> dict[str, Any]:
    """Return the fields of a request that identify the resource."""
    return {"urn": urn, "name": urn.rsplit("::", 1)[1], "type": urn.split("::")[2].rsplit("$", 1)[-1]}
