"""Tests that the methods match the API reference, with an independent client for comparison."""

from __future__ import annotations

import dataclasses
import inspect

import pytest
from agb import context as official

from pulumi_agbcontext import client

METHODS = [
    "list",
    "get",
    "create",
    "update",
    "delete",
    "get_file_download_url",
    "get_file_upload_url",
    "delete_file",
    "list_files",
    "clear_async",
    "get_clear_status",
    "clear",
]
RESULTS = [
    "Context",
    "ContextResult",
    "ContextListResult",
    "ContextFileEntry",
    "FileUrlResult",
    "ContextFileListResult",
    "ContextListParams",
    "ClearContextResult",
    "OperationResult",
]
OURS = {("create", "login_region_id"), ("Context", "state")}


def arguments(function: object) -> list[tuple[str, object]]:
    assert callable(function)
    parameters = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.default) for parameter in parameters if parameter.name != "self"]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_accepts_the_arguments_of_the_reference(method: str) -> None:
    ours = [pair for pair in arguments(getattr(client.ContextService, method)) if (method, pair[0]) not in OURS]
    assert ours == arguments(getattr(official.ContextService, method))


@pytest.mark.parametrize("result", RESULTS)
def test_a_result_has_the_fields_of_the_reference(result: str) -> None:
    ours = [field.name for field in dataclasses.fields(getattr(client, result)) if (result, field.name) not in OURS]
    assert ours == [name for name, _ in arguments(getattr(official, result).__init__)]


def test_the_public_names_are_sorted_and_exist() -> None:
    assert client.__all__ == sorted(client.__all__)
    assert all(hasattr(client, name) for name in client.__all__)
