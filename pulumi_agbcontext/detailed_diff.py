"""Conversion of diffs to detailed diffs in the provider protocol."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.lifecycle.handlers import Diff

_KINDS = {
    "add": provider_pb2.PropertyDiff.ADD,
    "update": provider_pb2.PropertyDiff.UPDATE,
    "delete": provider_pb2.PropertyDiff.DELETE,
    "replace": provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def diff_response(found: Diff) -> provider_pb2.DiffResponse:
    """Return the response for a diff. A replacement deletes first, because the API's create is get-or-create."""
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if found.changes else none,
        replaces=found.replaces,
        diffs=sorted({path.partition("[")[0] for path in found.changes}),
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=_KINDS[kind])
            for path, kind in found.changes.items()
            if path not in found.not_displayed
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=True,
    )
