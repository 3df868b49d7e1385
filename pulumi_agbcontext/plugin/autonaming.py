"""Configuration `pulumi:autonaming`, which the engine sends with each check."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.lifecycle.provider.declared_resources import Autonaming, Resource


def named_by(request: provider_pb2.CheckRequest, resource: Resource) -> Resource:
    """Return the resource with the autonaming configuration of a check, if the stack has one.

    Args:
        request: the check. An unknown mode is treated as an enforced name.
        resource: the resource that its URN names.
    """
    options = request.autonaming
    if not request.HasField("autonaming"):
        return resource
    if options.mode == provider_pb2.CheckRequest.AutonamingOptions.DISABLE:
        return resource._replace(autonaming=Autonaming(None))
    if options.mode == provider_pb2.CheckRequest.AutonamingOptions.PROPOSE and not options.proposed_name:
        return resource
    return resource._replace(autonaming=Autonaming(options.proposed_name))
