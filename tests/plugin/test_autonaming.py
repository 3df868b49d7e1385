"""Tests of `pulumi:autonaming` in the plugin: proposed and enforced names, and contexts that need an explicit name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.lifecycle.context.derived_name import derived_name
from pulumi_agbcontext.testing.engine.property_values import from_struct, to_struct
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import KEY, Life, Plugin, RefusedError
from .cli import Program, needs_yaml

Autonaming = provider_pb2.CheckRequest.AutonamingOptions
DERIVED = derived_name("shop", "dev", "", "data")
VERBATIM = Autonaming(proposed_name="data", mode=Autonaming.ENFORCE)
PROPOSED = Autonaming(proposed_name="shop-data-4f2a", mode=Autonaming.PROPOSE)
DISABLED = Autonaming(mode=Autonaming.DISABLE)


def check(
    life: Life, autonaming: Any, olds: dict[str, Any] | None = None, **program: Any
) -> provider_pb2.CheckResponse:
    """Check the resource as the engine does under an autonaming configuration."""
    news = to_struct(life.adapter.inputs(life.kind, program))
    request = provider_pb2.CheckRequest(urn=life.urn, olds=to_struct(olds or {}), news=news, autonaming=autonaming)
    answer: provider_pb2.CheckResponse = life.adapter.call("Check", request)
    return answer


def name_in(answer: provider_pb2.CheckResponse) -> Any:
    assert not answer.failures
    return from_struct(answer.inputs)["name"]


def reasons(answer: provider_pb2.CheckResponse) -> list[str]:
    return [failure.reason for failure in answer.failures]


def another_program_creates(server: LocalServer, name: str) -> str:
    """Create an empty context outside the program and return its id."""
    context = ContextService(Account(server.url, KEY)).create(name).context
    assert context is not None
    return context.id


def test_the_plugin_declares_that_it_supports_autonaming(plugin: Plugin) -> None:
    answer = plugin.call("Configure", provider_pb2.ConfigureRequest(args=to_struct(plugin.settings({"apiKey": KEY}))))
    assert answer.supports_autonaming_configuration


@pytest.mark.parametrize(
    ("autonaming", "name"),
    [
        (None, DERIVED),
        (VERBATIM, "data"),
        (PROPOSED, "shop-data-4f2a"),
        (Autonaming(mode=Autonaming.PROPOSE), DERIVED),
    ],
    ids=["not configured", "verbatim", "pattern", "nothing proposed"],
)
def test_a_context_without_a_name_gets_the_name_of_the_configuration(life: Life, autonaming: Any, name: str) -> None:
    assert name_in(check(life, autonaming)) == name


@pytest.mark.parametrize("autonaming", [VERBATIM, PROPOSED, DISABLED], ids=["verbatim", "pattern", "disabled"])
def test_an_explicit_name_and_a_recorded_name_take_precedence(life: Life, autonaming: Any) -> None:
    assert name_in(check(life, autonaming, name="notes")) == "notes"
    assert name_in(check(life, autonaming, olds={"name": DERIVED})) == DERIVED


def test_without_autonaming_a_context_must_be_named(life: Life) -> None:
    [reason] = reasons(check(life, DISABLED))
    assert reason == "name: the configuration `pulumi:autonaming` disables derived names; set `name`"


def test_an_enforced_name_that_no_context_can_have_is_refused(life: Life) -> None:
    [reason] = reasons(check(life, Autonaming(proposed_name="x" * 256, mode=Autonaming.ENFORCE)))
    assert reason == "name: must be at most 255 characters long, got 256"
    assert reasons(check(life, Autonaming(proposed_name="", mode=Autonaming.ENFORCE))) == [
        "name: must not be empty, and must not start or end with whitespace"
    ]


def test_a_file_needs_no_name(plugin: Plugin) -> None:
    file = Life(plugin, "ContextFile")
    assert not check(file, DISABLED, contextId="SdkCtx-1", path="/a", content="x").failures


@pytest.mark.parametrize(
    ("autonaming", "name"),
    [
        (VERBATIM, {}),
        (PROPOSED, {}),
        (Autonaming(proposed_name=DERIVED, mode=Autonaming.ENFORCE), {}),
        (None, {"name": DERIVED}),
    ],
    ids=["verbatim", "pattern", "enforced derived name", "explicit derived name"],
)
def test_an_empty_context_is_an_unfinished_create_only_under_a_name_that_the_plugin_derived(
    life: Life, agb_server: LocalServer, autonaming: Any, name: dict[str, str]
) -> None:
    taken = name_in(check(life, autonaming, **name))
    other = another_program_creates(agb_server, taken)
    news = from_struct(check(life, autonaming, **name).inputs)
    with pytest.raises(RefusedError, match="already exists"):
        life.create(news)
    assert agb_server.files(KEY, other) == {}


def test_an_empty_context_under_a_name_that_the_plugin_derived_is_an_unfinished_create(
    life: Life, agb_server: LocalServer
) -> None:
    left = another_program_creates(agb_server, DERIVED)
    life.create(from_struct(check(life, None, files={"/a": "x"}).inputs))
    assert life.id == left
    assert holds(agb_server, KEY, left) == {"/a": b"x"}


@pytest.mark.pulumi_cli
@pytest.mark.timeout(600)
@needs_yaml
def test_a_yaml_program_follows_the_stacks_configuration(program: Program) -> None:
    def declare(*names: str) -> None:
        resources = {name: {"type": "agbcontext:Context"} for name in names}
        program.write("yaml", yaml=f"resources: {json.dumps(resources)}\n")

    settings = program.directory / "Pulumi.dev.yaml"
    declare("one")
    program.run("config", "set", "--path", "pulumi:autonaming.mode", "verbatim")
    program.up()
    assert program.contexts().keys() == {"one"}
    declare("one", "two")
    settings.write_text(settings.read_text().replace("mode: verbatim", "mode: disabled"))
    reason = "name: the configuration `pulumi:autonaming` disables derived names; set `name`"
    text = program.up(fails=True)
    assert reason in text
    assert "1 errored" in text  # `one` keeps its name
    settings.write_text(settings.read_text().replace("mode: disabled", "pattern: ${project}-${stack}-${name}"))
    program.up()
    assert program.contexts().keys() == {"one", "shop-dev-two"}
