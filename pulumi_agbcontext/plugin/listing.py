"""Lists of importable resources in the provider protocol, in pages if the engine requests them."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator

from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.lifecycle.listing import LISTINGS, Listed
from pulumi_agbcontext.lifecycle.properties import is_unknown, validated
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.messages.quoted import query_fault
from pulumi_agbcontext.messages.resources import invalid_query
from pulumi_agbcontext.plugin.values import Properties


def responses(
    session: Session, token: str, query: Properties, request: provider_pb2.ListRequest
) -> list[provider_pb2.ListResponse]:
    """List the resources of a type.

    Args:
        session: the session of the provider process.
        token: token of the type in the schema.
        query: plain values by wire name.
        request: the request, with the limit, the size of a page and the position of a page.

    Returns:
        One response for each resource, and the position of the next page if there is one.

    Raises:
        AGBError: the query is invalid, or the API call failed.
    """
    if is_unknown(query):
        return [provider_pb2.ListResponse(computed=provider_pb2.ListResponse.Computed())]
    listing = LISTINGS[token.rpartition(":")[2]]
    given, failures = validated(listing.query, query)
    if failures:
        raise invalid_query("; ".join(query_fault(one.property, one.reason) for one in failures))
    after = _position(request.continuation_token)
    found = listing.sorted(session.contexts, listing.query.model_validate(given))
    rest = found if after is None else found[bisect_right(found, after) :]
    if request.limit > 0:
        rest = rest[: request.limit]
    size = request.page_size if request.page_size > 0 else len(rest)
    return list(_page(rest[:size], more=len(rest) > size))


def _page(page: list[Listed], *, more: bool) -> Iterator[provider_pb2.ListResponse]:
    for one in page:
        yield provider_pb2.ListResponse(result=provider_pb2.ListResponse.Result(id=one.id, name=one.name))
    if more:
        token = json.dumps(page[-1])
        yield provider_pb2.ListResponse(continuation=provider_pb2.ListResponse.Continuation(continuation_token=token))


def _position(token: str) -> Listed | None:
    """Return the last resource of the previous page."""
    if not token:
        return None
    try:
        name, resource_id = json.loads(token)
    except (TypeError, ValueError):
        raise invalid_query(invalid.BAD_CONTINUATION) from None
    return Listed(str(name), str(resource_id))
