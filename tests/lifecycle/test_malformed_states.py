"""Tests of errors about a malformed state, with their tracebacks and all that an error handler could print."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from pulumi_agbcontext.errors import MalformedStateError
from pulumi_agbcontext.lifecycle.context.diff import diff
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState, inputs_of, state_of
from pulumi_agbcontext.lifecycle.context.preview import preview
from pulumi_agbcontext.lifecycle.context.read import _as_inputs
from pulumi_agbcontext.lifecycle.context_file.diff import diff as diff_file
from pulumi_agbcontext.lifecycle.context_file.model import file_state
from pulumi_agbcontext.lifecycle.context_file.preview import preview as preview_file

CANARY = "canary-of-the-state"
STATE = {"name": "data", "files": {"/a": f"1:{'0' * 64}:text:x"}}
FILE = {"contextId": "c", "path": "/f", "size": 1, "sha256": "0" * 64, "content": "x"}
READERS: list[tuple[Callable[[Any], object], str]] = [
    (lambda wrong: state_of({**STATE, "ownerId": wrong}), "ownerId must be a string"),
    (lambda wrong: state_of({**STATE, "files": {"/a": wrong}}), 'files["/a"] must be a string'),
    (lambda wrong: state_of({**STATE, "secretFiles": [wrong]}), "secretFiles must be a map of paths to files"),
    (lambda wrong: state_of({**STATE, "generation": wrong}), "generation must be an integer"),
    (lambda wrong: state_of({**STATE, "clearTimeout": wrong}), "clearTimeout must be a number"),
    (lambda wrong: state_of({**STATE, "driftCheck": wrong}), "driftCheck must be 'size', 'content' or 'none'"),
    (lambda wrong: inputs_of({**STATE, "name": wrong}), "name must be a string"),
    (lambda wrong: inputs_of({**STATE, "name": f" {CANARY} "}), "name is not valid"),
    (lambda wrong: inputs_of({**STATE, "strange": wrong}), "strange is not a property of this resource"),
    (lambda wrong: diff(STATE, {**STATE, "secretFiles": {"/a": wrong}}), 'secretFiles["/a"] must be a string'),
    (lambda wrong: preview({**STATE, "files": [wrong]}, None), "files must be a map of paths to files"),
    (lambda wrong: preview(STATE, {**STATE, "account": wrong}), "account must be a string"),
    (lambda wrong: preview_file({**FILE, "content": wrong}, None), "content must be a string"),
    (lambda wrong: file_state({**FILE, "size": wrong}), "size must be an integer"),
    (lambda wrong: diff_file(FILE, {**FILE, "sha256": wrong}), "sha256 must be a string"),
    (lambda wrong: diff_file(FILE, {**FILE, "path": f"/../{CANARY}"}), "path is not valid"),
]


@pytest.mark.parametrize(("reader", "fault"), READERS)
@pytest.mark.parametrize("wrong", [[CANARY], {"key": CANARY}, [{"key": [CANARY]}]])
def test_the_error_names_the_property_and_the_fault_but_no_value(
    reader: Callable[[Any], object], fault: str, wrong: Any
) -> None:
    with pytest.raises(MalformedStateError) as caught:
        reader(wrong)
    assert fault in str(caught.value)
    texts = ["".join(traceback.format_exception(caught.value)), repr(caught.value), repr(vars(caught.value))]
    assert CANARY not in "".join(texts)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert str(caught.value).isprintable()


def test_many_faults_are_counted_and_keys_cannot_break_the_line() -> None:
    with pytest.raises(MalformedStateError) as caught:
        state_of({"name": "data", "files": {f"/{number}\n\u202e": [CANARY] for number in range(1000)}})
    assert "and 997 more" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("model", [ContextInputs, ContextState])
def test_the_models_themselves_print_no_input(model: type[ContextInputs]) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate({"name": [CANARY], "files": {"/a": [CANARY]}, "strange": CANARY})
    assert CANARY not in str(caught.value) + repr(caught.value)


def test_a_name_that_no_program_could_set_is_still_read_from_the_api() -> None:
    state = state_of({**STATE, "region": "r"}).model_copy(update={"name": " renamed\n "})
    assert _as_inputs(state) == {"name": " renamed\n ", "files": STATE["files"]}
