"""Tests of list: contexts, directories and files that can be imported."""

from __future__ import annotations

import json
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing.engine.property_values import UNKNOWN, to_struct
from pulumi_agbcontext.testing.server import LocalServer

from .adapters import KEY, PLUGIN, Life, Plugin, RefusedError
from .cli import Program, needs_yaml

FILES = ("/data/a.csv", "/data/b/c.csv", "/readme.md")


def create(server: LocalServer, *names: str) -> list[str]:
    """Create empty contexts outside the program and return their ids."""
    service = ContextService(Account(server.url, KEY))
    return [service.create(name).context_id for name in names]


def listed(plugin: Plugin, kind: str, query: dict[str, Any] | None = None, **options: Any) -> list[tuple[str, str]]:
    """Return name and id of each result of one call."""
    return [(one.result.name, one.result.id) for one in responses(plugin, kind, query, **options) if one.result.id]


def responses(
    plugin: Plugin, kind: str, query: dict[str, Any] | None = None, **options: Any
) -> list[provider_pb2.ListResponse]:
    request = provider_pb2.ListRequest(token=f"agbcontext:index:{kind}", query=to_struct(query or {}), **options)
    try:
        return list(plugin.stub.List(request, timeout=60))
    except grpc.RpcError as error:
        raise RefusedError(str(error.details())) from None


@pytest.fixture
def context_id(agb_server: LocalServer) -> str:
    """Return the id of a context with files and an owner record, created outside the program."""
    [created] = create(agb_server, "data")
    for path in (*FILES, "/.agbcontext-owner.json"):
        agb_server.put_file(KEY, created, path, b"x")
    return created


def test_every_context_is_listed_by_name_with_its_id_over_all_pages(plugin: Plugin, agb_server: LocalServer) -> None:
    names = [f"data-{number:02}" for number in range(25)]
    ids = create(agb_server, *reversed(names))
    agb_server.behave(page_limit=10)
    assert listed(plugin, "Context") == list(zip(names, reversed(ids), strict=True))


def test_a_prefix_selects_contexts_by_name(plugin: Plugin, agb_server: LocalServer) -> None:
    first, second, _ = create(agb_server, "shop-a", "shop-b", "other")
    assert listed(plugin, "Context", {"namePrefix": "shop-"}) == [("shop-a", first), ("shop-b", second)]
    assert listed(plugin, "Context", {"namePrefix": "none"}) == []


def test_files_and_directories_of_a_context_are_listed_with_the_ids_for_an_import(
    plugin: Plugin, context_id: str
) -> None:
    query = {"contextId": context_id}
    assert listed(plugin, "ContextFile", query) == [(path, context_id + path) for path in FILES]
    directories = ["/", "/data", "/data/b"]
    assert listed(plugin, "ContextDirectory", query) == [
        (path, f"{context_id}{path.rstrip('/')}/") for path in directories
    ]
    for kind in ("ContextFile", "ContextDirectory"):
        for _, id_ in listed(plugin, kind, query):
            assert Life(plugin, kind).imported(id_)


def test_a_prefix_selects_files_and_directories_by_path(plugin: Plugin, context_id: str) -> None:
    query = {"contextId": context_id, "pathPrefix": "/data/"}
    assert [name for name, _ in listed(plugin, "ContextFile", query)] == ["/data/a.csv", "/data/b/c.csv"]
    assert [name for name, _ in listed(plugin, "ContextDirectory", query)] == ["/data/b"]


def test_pages_continue_correctly_if_the_listed_items_change(plugin: Plugin, agb_server: LocalServer) -> None:
    create(agb_server, "a", "b", "c", "d", "e")
    found: list[str] = []
    token = ""
    for created in ("aa", "f", None):
        page = responses(plugin, "Context", page_size=2, continuation_token=token)
        found += [one.result.name for one in page if one.result.id]
        token = page[-1].continuation.continuation_token
        if created:
            create(agb_server, created)
    assert (found, token) == (["a", "b", "c", "d", "e", "f"], "")


def test_a_limit_ends_the_list(plugin: Plugin, agb_server: LocalServer) -> None:
    create(agb_server, "a", "b", "c")
    assert [name for name, _ in listed(plugin, "Context", limit=2)] == ["a", "b"]


def test_an_unknown_value_in_the_query_makes_the_result_unknown(plugin: Plugin, agb_server: LocalServer) -> None:
    since = len(agb_server.requests)
    [answer] = responses(plugin, "ContextFile", {"contextId": UNKNOWN})
    assert answer.WhichOneof("response") == "computed"
    assert agb_server.requests[since:] == []


@pytest.mark.parametrize(
    ("kind", "query", "reason"),
    [
        ("ContextFile", {}, "`contextId` must be set"),
        ("ContextDirectory", {}, "`contextId` must be set"),
        ("Context", {"prefix": "a"}, "`prefix` is invalid (unknown property; the properties are namePrefix)"),
    ],
)
def test_an_invalid_query_is_a_one_line_error(plugin: Plugin, kind: str, query: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedError) as refused:
        listed(plugin, kind, query)
    assert str(refused.value) == f"Invalid query: {reason}. Correct the query, then run the command again."


def test_a_token_of_another_list_is_refused(plugin: Plugin) -> None:
    with pytest.raises(RefusedError, match=r"^Invalid query: the continuation token is malformed"):
        listed(plugin, "Context", continuation_token="of another provider")


def test_files_of_a_context_that_does_not_exist_are_an_error(plugin: Plugin) -> None:
    with pytest.raises(RefusedError, match="SdkCtx-none"):
        listed(plugin, "ContextFile", {"contextId": "SdkCtx-none"})


@pytest.mark.pulumi_cli
@pytest.mark.timeout(600)
@needs_yaml
def test_the_cli_lists_what_can_be_imported(program: Program, context_id: str) -> None:
    def run(kind: str, *query: str) -> list[dict[str, str]]:
        command = ("do", "--package", str(PLUGIN), f"agbcontext:{kind}", "list", *query, "--output", "json")
        text = program.run(*command)
        return list(json.loads(text[text.index("[") :]))

    assert [(one["id"], one["name"]) for one in run("Context", "--name-prefix", "da")] == [(context_id, "data")]
    files = run("ContextFile", "--context-id", context_id, "--path-prefix", "/data/")
    assert [one["id"] for one in files] == [f"{context_id}/data/a.csv", f"{context_id}/data/b/c.csv"]
