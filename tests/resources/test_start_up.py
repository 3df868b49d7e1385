"""Tests of the modules that a program loads to declare a context: all others are loaded when they are needed."""

from __future__ import annotations

import inspect
import subprocess
import sys

from pulumi_agbcontext.dynamic import context
from pulumi_agbcontext.dynamic.context import Context
from pulumi_agbcontext.dynamic.options import on_wire
from pulumi_agbcontext.lifecycle.context.model import ContextState

PROGRAM = "from pulumi_agbcontext import Context, ContextFile, files_from"
CONNECTING = "from pulumi_agbcontext.client import Account, ContextService as S; S(Account('http://localhost', 'key'))"
PLANNING = "import pulumi_agbcontext.dynamic.engine_calls, pulumi_agbcontext.lifecycle.handlers"


def loaded(statement: str) -> set[str]:
    """Return the modules of a process that has run a statement."""
    command = [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split())


def test_a_program_loads_nothing_that_only_the_provider_needs() -> None:
    assert not {"pathspec", "pydantic", "requests", "urllib3"} & loaded(PROGRAM)


def test_a_provider_without_a_connection_does_not_load_the_client() -> None:
    assert not {"requests", "urllib3"} & loaded(PLANNING)


def test_a_client_that_has_sent_no_request_does_not_load_the_requests_library() -> None:
    assert "requests" not in loaded(CONNECTING)


def test_the_resource_has_every_property_of_the_model() -> None:
    inputs = set(inspect.signature(Context.__init__).parameters) - {"self", "resource_name", "opts"}
    declared = {on_wire(name) for name in inputs} | set(context._OUTPUTS)
    internal = {"__unfinished"}
    assert declared == {str(field.alias) for field in ContextState.model_fields.values()} - internal


def test_only_property_names_are_converted_to_the_wire_format() -> None:
    spelled = {name: on_wire(name) for name in ("clear_triggers", "content_base64", "name", "secretFiles")}
    assert list(spelled.values()) == ["clearTriggers", "contentBase64", "name", "secretFiles"]
    for kept in ("__provider", 'files["/a_b"]', "files.a_b", "*"):
        assert on_wire(kept) == kept
