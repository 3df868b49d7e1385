"""Tests that the page about offline tests lists all fixtures, methods, operations, faults and behavior settings."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import requests

from pulumi_agbcontext.testing import LocalServer, Stack, pytest_plugin
from pulumi_agbcontext.testing.server import faults
from pulumi_agbcontext.testing.server.behaviour import Behaviour

from .api import Api

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "test-offline.md").read_text("utf-8")


def _section(title: str) -> str:
    return PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def _public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}


def test_the_page_lists_the_fixtures() -> None:
    listed = re.findall(r"^\| `(agb_\w+)` \|", _section("Fixtures"), re.MULTILINE)
    assert set(listed) == {name for name in vars(pytest_plugin) if name.startswith("agb_")}


def test_the_page_lists_the_methods_of_a_stack() -> None:
    [listed] = re.findall(
        r"with these methods of `pulumi.automation.Stack`: (.*?)\.\s", _section("Fixtures"), re.DOTALL
    )
    assert set(re.findall(r"`(\w+)`", listed)) == _public(Stack)


def test_the_page_lists_the_methods_of_the_server() -> None:
    rows = re.findall(r"^\| (`.*?) \|", _section("Server"), re.MULTILINE)[1:]
    listed = {name for row in rows for name in re.findall(r"`(\w+)", row)}
    assert listed == _public(LocalServer) | {"url"}
    for name, arguments in re.findall(r"^\| `(\w+)\((\w.*?)\)` \|", PAGE, re.MULTILINE):
        if "…" not in arguments:
            assert arguments.split(", ") == list(inspect.signature(getattr(LocalServer, name)).parameters)[1:]


def test_the_page_lists_the_operations_that_can_fail() -> None:
    [listed] = re.findall(r"^Operations: (.*?)\n\n", _section("Faults"), re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(.+?)`", listed) == list(faults.OPERATIONS)


def test_the_page_lists_the_kinds_of_faults_with_their_parameters_and_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) ?\| \w.* \|$", _section("Faults"), re.MULTILINE)
    listed = {kind: dict(re.findall(r"`(\w+)=(.*?)`", parameters)) for kind, parameters in rows}
    known = {
        kind: {name: repr(default).replace("'", '"') for name, default in parameters.items()}
        for kind, parameters in faults.KINDS.items()
    }
    assert listed == known


def test_the_page_lists_the_behavior_settings() -> None:
    [listed] = re.findall(r"describes each setting: (.*?)\.\n", _section("Behavior"), re.DOTALL)
    assert re.findall(r"`(\w+)`", listed) == [field.name for field in fields(Behaviour)]


def test_the_page_shows_requests_that_act_as_an_agent() -> None:
    sent = re.findall(r"^curl http://127\.0\.0\.1:8765(/control/\S+) -d '(.*)'$", PAGE, re.MULTILINE)
    assert [path for path, _ in sent] == ["/control/contexts", "/control/put-file", "/control/remove-file"]
    with LocalServer(control=True) as server, Api(server.url, "anything") as api:
        context = api.create("data")
        server.put_file("anything", context, "/prompt.md", b"x")
        for path, body in sent:
            answer = requests.post(f"{server.url}{path}", data=body.replace("SdkCtx-…", context).encode(), timeout=10)
            assert answer.status_code == 200, answer.text
        assert server.files("anything", context) == {"/notes.md": b"hello"}
