"""What the house promises of itself: small modules, pinned public names, resources that spell what the models own."""

from __future__ import annotations

import inspect
from pathlib import Path

import pulumi_agbcontext as agb
from pulumi_agbcontext.lifecycle.context_file import ContextFileInputs, ContextFileState
from pulumi_agbcontext.lifecycle.inputs import ContextInputs, ContextState

PACKAGE = Path(agb.__file__).parent


def test_no_module_is_longer_than_300_lines() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert len(sizes) > 50
    assert {str(path): size for path, size in sizes.items() if size > 300} == {}


def test_the_public_names_are_these() -> None:
    functions = (
        "get_context",
        "get_context_clear_status",
        "get_context_file_download_url",
        "get_context_file_upload_url",
        "list_context_files",
        "list_contexts",
    )
    classes = ["Context", "ContextFile", "ContextInfo", "FileInfo", "FileUrl"]
    assert agb.__all__ == classes + sorted(["files_from", *functions, *(f"{name}_output" for name in functions)])
    assert all(getattr(agb, name).__doc__ for name in agb.__all__)


def test_the_resources_take_the_inputs_that_the_models_own_and_give_their_outputs() -> None:
    for resource, inputs, state in (
        (agb.Context, ContextInputs, ContextState),
        (agb.ContextFile, ContextFileInputs, ContextFileState),
    ):
        arguments = set(inspect.signature(resource.__init__).parameters) - {"self", "resource_name", "opts"}
        assert arguments == set(inputs.model_fields) - {"autonamed"}
        outputs = {name for name in dir(resource) if not name.startswith("_")} | set(resource.__annotations__)
        assert set(state.model_fields) - {"autonamed", "account"} <= outputs
        assert all(f"{name}: " in (resource.__doc__ or "") for name in arguments)
