"""A stack of the test engine lists what can be imported, as `pulumi do` does on the CLI."""

from __future__ import annotations

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import Workshop

KEY = "a-key"


@pytest.fixture
def context_id(agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A context with two files, created outside the stack."""
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)
    service = ContextService(Account(agb_server.url, KEY))
    service.create("other")
    created = service.create("data").context_id
    for path in ("/a.csv", "/b/c.csv"):
        agb_server.put_file(KEY, created, path, b"x")
    return created


def test_contexts_directories_and_files_are_listed_with_the_ids_for_an_import(
    workshop: Workshop, context_id: str
) -> None:
    stack = workshop.stack()
    assert stack.list_resources("agbcontext:index:Context", namePrefix="da") == [(context_id, "data")]
    files = stack.list_resources("agbcontext:index:ContextFile", contextId=context_id)
    assert files == [(f"{context_id}/a.csv", "/a.csv"), (f"{context_id}/b/c.csv", "/b/c.csv")]
    directories = stack.list_resources("agbcontext:index:ContextDirectory", contextId=context_id, pathPrefix="/b")
    assert directories == [(f"{context_id}/b/", "/b")]
    assert stack.export_stack().deployment.get("resources") == []


def test_a_listed_id_can_be_imported(workshop: Workshop, context_id: str, agb_server: LocalServer) -> None:
    [(found, name)] = workshop.stack().list_resources("agbcontext:index:Context", namePrefix="data")
    workshop.program(f"from plugged import Context\nContext('mine', ResourceOptions(import_='{found}'), name='{name}')")
    workshop.stack().up()
    assert [one["id"] for one in agb_server.contexts(KEY) if one["name"] == "data"] == [context_id]


@pytest.mark.parametrize(
    ("token", "query", "reason"),
    [
        ("agbcontext:index:ContextFile", {}, "`contextId` must be set"),
        ("agbcontext:index:Context", {"prefix": "a"}, "unknown property"),
        ("aws:s3:Bucket", {}, "install the package 'aws'"),
    ],
)
def test_a_list_that_fails_is_an_error_of_the_command(
    workshop: Workshop, context_id: str, token: str, query: dict[str, str], reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        workshop.stack().list_resources(token, **query)
