"""The configuration `pulumi:autonaming` names contexts on both engines."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.lifecycle.context.derived_name import derived_name
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import Workshop

KEY = "a-key"
PROGRAM = """
from plugged import Context
Context('data', files={'/a': pulumi.StringAsset('x')}, clearTriggers=['TRIGGER'])
"""


@pytest.fixture(autouse=True)
def account(agb_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account that the plugin uses."""
    monkeypatch.setenv("AGB_ENDPOINT", agb_server.url)
    monkeypatch.setenv("AGB_API_KEY", KEY)


def configure(workshop: Workshop, autonaming: dict[str, Any]) -> None:
    """Set the configuration in Pulumi.yaml."""
    project = workshop.directory / "Pulumi.yaml"
    kept = project.read_text().partition("config:")[0]
    values = {"pulumi:autonaming": {"value": autonaming}, "team": "red"}
    project.write_text(f"{kept}config: {json.dumps(values)}\n")


def run(workshop: Workshop, trigger: str = "1") -> None:
    workshop.program(PROGRAM.replace("TRIGGER", trigger))


def names(server: LocalServer) -> list[str]:
    return sorted(str(context["name"]) for context in server.contexts(KEY))


@pytest.mark.parametrize(
    ("autonaming", "expected"),
    [
        ({"mode": "default"}, re.escape(derived_name("boxes", "dev", "", "data"))),
        ({"mode": "verbatim"}, "data"),
        ({"pattern": "${project}-${stack}-${config.team}-${name}"}, "boxes-dev-red-data"),
        ({"pattern": "${name}-${hex(6)}-${num(3)}-${string(2)}"}, r"data-[0-9a-f]{6}-\d{3}-[a-z]{2}"),
        ({"pattern": "${name}", "enforce": True}, "data"),
        ({"mode": "verbatim", "providers": {"agbcontext": {"pattern": "agb-${name}"}}}, "agb-data"),
        (
            {
                "mode": "disabled",
                "providers": {"agbcontext": {"resources": {"agbcontext:index:Context": {"mode": "verbatim"}}}},
            },
            "data",
        ),
    ],
    ids=["default", "verbatim", "pattern", "random", "enforced", "by package", "by type"],
)
def test_a_context_gets_the_configured_name_and_keeps_it(
    workshop: Workshop, engine: str, agb_server: LocalServer, autonaming: dict[str, Any], expected: str
) -> None:
    run(workshop)
    configure(workshop, autonaming)
    stack = workshop.stack(engine)
    stack.up()
    [name] = names(agb_server)
    assert re.fullmatch(expected, name)
    configure(workshop, {"pattern": "another-${name}"})
    assert set(stack.up().summary.resource_changes) == {"same"}
    assert names(agb_server) == [name]


def test_a_context_with_a_fixed_name_is_deleted_before_its_replacement_is_created(
    workshop: Workshop, engine: str, agb_server: LocalServer
) -> None:
    configure(workshop, {"mode": "verbatim"})
    run(workshop)
    stack = workshop.stack(engine)
    stack.up()
    run(workshop, trigger="2")
    stack.up()
    assert names(agb_server) == ["data"]


def test_disabled_autonaming_refuses_a_context_without_a_name(
    workshop: Workshop, engine: str, agb_server: LocalServer
) -> None:
    configure(workshop, {"mode": "disabled"})
    run(workshop)
    with pytest.raises(CommandError, match="disables derived names; set `name`"):
        workshop.stack(engine).up()
    assert names(agb_server) == []


@pytest.mark.parametrize(
    "autonaming",
    [
        {"mode": "shouting"},
        {"mode": "verbatim", "pattern": "${name}"},
        {"enforce": True},
        {"patern": "${name}"},
        {"pattern": "${config.absent}"},
    ],
    ids=["mode", "mode and pattern", "enforce alone", "misspelled", "absent key"],
)
def test_an_invalid_configuration_is_an_error(
    workshop: Workshop, engine: str, agb_server: LocalServer, autonaming: dict[str, Any]
) -> None:
    configure(workshop, autonaming)
    run(workshop)
    with pytest.raises(CommandError, match=r"autonaming|absent"):
        workshop.stack(engine).up()
    assert names(agb_server) == []


def test_a_dynamic_provider_does_not_support_an_enforced_name(workshop: Workshop, engine: str) -> None:
    configure(workshop, {"pattern": "${name}-x", "enforce": True})
    workshop.program("Box('a', label='a')")
    shown: list[str] = []
    workshop.stack(engine).up(on_output=shown.append)
    assert "does not support autonaming configuration" in "".join(shown).replace("\n", " ")
    assert workshop.labels == ["a"]
