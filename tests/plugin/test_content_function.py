"""Tests of `getContextFileContent` in the plugin: contents, the size limit and secrecy."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.testing.engine.property_values import from_struct, to_struct
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import KEY, Plugin, RefusedError, Secret
from .cli import Program, needs_yaml, on_the_cli

TOKEN = "agbcontext:index:getContextFileContent"
YAML = """
variables:
  content:
    fn::invoke:
      function: agbcontext:getContextFileContent
      arguments: ARGUMENTS
outputs:
  text: ${content.text}
  size: ${content.size}
"""
CONTENTS = {"/text": "Grüße".encode(), "/binary": b"\xff\0", "/empty": b"", "/large": b"x" * ((1 << 20) + 1)}


@pytest.fixture
def context_id(agb_server: LocalServer) -> str:
    """Return the id of a context with files of several kinds."""
    created = ContextService(Account(agb_server.url, KEY)).create("data").context_id
    for path, content in CONTENTS.items():
        agb_server.put_file(KEY, created, path, content)
    return created


def call(plugin: Plugin, context_id: str, path: str, **more: Any) -> dict[str, Any]:
    """Call the function and return its results with secrets marked."""
    arguments = to_struct({"contextId": context_id, "path": path, **more})
    answer = plugin.call("Invoke", provider_pb2.InvokeRequest(tok=TOKEN, args=arguments))
    if answer.failures:
        raise RefusedError("; ".join(fault.reason for fault in answer.failures))
    return from_struct(getattr(answer, "return"))


@pytest.mark.parametrize("path", ["/text", "/binary", "/empty"])
def test_a_file_is_returned_in_base64_and_as_text_where_it_is_text(plugin: Plugin, context_id: str, path: str) -> None:
    content = CONTENTS[path]
    found = call(plugin, context_id, path, secret=False)
    assert found.get("text") == (None if path == "/binary" else content.decode())
    assert base64.b64decode(found["base64"]) == content
    assert (found["sha256"], found["size"]) == (hashlib.sha256(content).hexdigest(), len(content))


def test_content_and_digest_are_secret_by_default(plugin: Plugin, context_id: str) -> None:
    found = call(plugin, context_id, "/text")
    assert {key for key, value in found.items() if isinstance(value, Secret)} == {"text", "base64", "sha256"}
    assert not any(isinstance(value, Secret) for value in call(plugin, context_id, "/text", secret=False).values())


def test_a_file_above_the_limit_is_an_error_with_its_size_and_is_not_read(
    plugin: Plugin, context_id: str, agb_server: LocalServer
) -> None:
    with pytest.raises(RefusedError) as failed:
        call(plugin, context_id, "/large")
    assert str(failed.value) == (
        f"Could not read /large from context {context_id}: its size is 1,048,577 bytes, and `maxSize` is 1,048,576. "
        "Increase `maxSize`, or use `getContextFileDownloadUrl`."
    )
    assert sum(one.operation == "Download" for one in agb_server.requests) == 1, "a request for its first byte"
    assert call(plugin, context_id, "/large", maxSize=(1 << 20) + 1, secret=False)["size"] == (1 << 20) + 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"path": "/none"}, "Could not read /none from context"),
        ({"path": "/text", "maxSize": 1 << 30}, "maxSize: "),
        ({"path": ""}, "path: must not be empty"),
    ],
    ids=["missing", "limit", "path"],
)
def test_bad_arguments_are_named(plugin: Plugin, context_id: str, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        call(plugin, context_id, **arguments)


class TestOnTheCli:
    pytestmark = on_the_cli

    @needs_yaml
    def test_yaml_exports_a_content_encrypted_unless_it_is_not_a_secret(
        self, program: Program, context_id: str
    ) -> None:
        assert holds(program.server, KEY, context_id).keys() == CONTENTS.keys()
        for secret in (True, False):
            arguments = {"contextId": context_id, "path": "/text", **({} if secret else {"secret": False})}
            program.write("yaml", yaml=YAML.replace("ARGUMENTS", json.dumps(arguments)))
            text = program.up()
            state = program.run("stack", "export")
            assert ("Grüße" in text, "Grüße" in state) == (not secret, not secret)
        arguments = {"contextId": context_id, "path": "/large"}
        program.write("yaml", yaml=YAML.replace("ARGUMENTS", json.dumps(arguments)))
        text = program.up(fails=True)
        assert "its size is 1,048,577 bytes, and `maxSize` is 1,048,576" in text
