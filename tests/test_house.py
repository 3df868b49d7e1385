"""Tests of the project's conventions: small modules and functions, fixed names and words, documented public names."""

from __future__ import annotations

import ast
import inspect
import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

import pulumi_agbcontext as agb
from pulumi_agbcontext import client, testing
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState
from pulumi_agbcontext.lifecycle.context_directory.model import ContextDirectoryInputs, ContextDirectoryState
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileInputs, ContextFileState
from pulumi_agbcontext.lifecycle.provider.configuration import Configuration
from pulumi_agbcontext.schema import INTERNAL
from pulumi_agbcontext.testing import server

Node = TypeVar("Node", bound=ast.AST)
PACKAGE = Path(agb.__file__).parent
ROOT = PACKAGE.parent
CHECKED_BY_MYPY = [
    path for directory in (PACKAGE, ROOT / "examples", ROOT / "tools") for path in directory.rglob("*.py")
]
FUNCTIONS = (
    "get_context",
    "get_context_clear_status",
    "get_context_file_content",
    "get_context_file_download_url",
    "get_context_file_upload_url",
    "list_context_files",
    "list_contexts",
)
RESULTS = (agb.ContextInfo, agb.FileContent, agb.FileInfo, agb.FileUrl)  # models: each field has a description
MEASURED = re.compile(r"timeout|interval|seconds|_ms$|(^|_)(size|bytes)$|pauses")
UNITS = re.compile(r"second|\bs\b|bytes|on a page")


def test_no_module_is_longer_than_300_lines() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert len(sizes) > 50
    assert {str(path): size for path, size in sizes.items() if size > 300} == {}


def test_functions_are_short() -> None:
    lengths = sorted((length, name) for path in PACKAGE.rglob("*.py") for name, length in _functions(path))
    assert len(lengths) > 500
    assert lengths[len(lengths) // 2][0] <= 10
    assert lengths[len(lengths) * 9 // 10][0] <= 30
    # The constructor of a resource contains each property twice, so its length is that of the model.
    assert [
        name for length, name in lengths if length > 50 and not re.search(r"dynamic/context\w*\.py: __init__", name)
    ] == []


def _nodes(tree: ast.AST, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(tree) if isinstance(node, kind))


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield f"{path.relative_to(ROOT)}: {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_generators_hold_nothing_that_the_garbage_collector_would_have_to_release() -> None:
    """Cover a process that hung: the collector may close a generator in a thread that holds a lock."""
    holding = set()
    for path in PACKAGE.rglob("*.py"):
        for function in _nodes(ast.parse(path.read_text("utf-8")), ast.FunctionDef):
            decorators = " ".join(ast.unparse(one) for one in function.decorator_list)
            managed = "contextmanager" in decorators or "fixture" in decorators  # something closes them
            blocks = [] if managed else list(_nodes(function, ast.With))
            if any(list(_nodes(block, ast.Yield)) or list(_nodes(block, ast.YieldFrom)) for block in blocks):
                holding.add(f"{path.stem}.{function.name}")
    assert holding == {"upload._blocks"}, "`Upload.body` closes this one"


def test_every_ignore_has_its_code_and_a_reason() -> None:
    lines = [(path, line) for path in CHECKED_BY_MYPY for line in path.read_text("utf-8").splitlines()]
    ignores = [(path, line) for path, line in lines if re.search(r"#\s*(type|pyright):\s*ignore", line)]
    explained = re.compile(r"#\s*(type|pyright):\s*ignore\[[\w-]+(, [\w-]+)*\]\s+#\s+\w+")
    assert ignores
    assert [f"{path}: {line.strip()}" for path, line in ignores if not explained.search(line)] == []


def test_the_public_names_are_these() -> None:
    classes = ["Context", "ContextDirectory", "ContextFile", "ContextInfo", "FileContent", "FileInfo", "FileUrl"]
    assert agb.__all__ == classes + sorted(["files_from", *FUNCTIONS, *(f"{name}_output" for name in FUNCTIONS)])
    assert testing.__all__ == ["LocalServer", "Stack"]
    assert server.__all__ == ["Fault", "LocalServer", "RequestRecord"]
    assert client.__all__ == [
        "Account",
        "ClearContextResult",
        "Context",
        "ContextFileEntry",
        "ContextFileListResult",
        "ContextListParams",
        "ContextListResult",
        "ContextResult",
        "ContextService",
        "Download",
        "Downloaded",
        "FileUrlResult",
        "OperationResult",
        "Transfers",
        "Upload",
        "connect",
        "observe_files",
        "wait_cleared",
        "wait_deleted",
        "wait_listed",
        "wait_name_free",
        "wait_ready",
    ]


def _public() -> Iterator[tuple[str, Any, str]]:
    """Yield each public class, function and method: its name, the object, and its docstring after that of its class."""
    for module in (agb, client):
        for name in module.__all__:
            given = getattr(module, name)
            yield name, given, inspect.getdoc(given) or ""
            if inspect.isclass(given) and given not in RESULTS:
                for method in _methods(given):
                    text = f"{inspect.getdoc(given)}\n{inspect.getdoc(method) or ''}"
                    yield f"{name}.{method.__name__}", method, text


def _methods(given: type) -> list[Callable[..., Any]]:
    unwrapped = [getattr(method, "__func__", method) for method in vars(given).values()]
    return [method for method in unwrapped if inspect.isfunction(method) and not method.__name__.startswith("_")]


PUBLIC = [pytest.param(public, text, id=name) for name, public, text in _public()]


@pytest.mark.parametrize(("public", "text"), PUBLIC)
def test_every_public_name_is_documented_with_arguments_units_and_what_it_raises(public: Any, text: str) -> None:
    assert inspect.getdoc(public)
    for name in inspect.signature(public).parameters:
        if name in ("self", "arguments", "keywords") or public in RESULTS:
            continue
        assert re.search(rf"\b{name}\b", text), f"the argument {name} is not described"
        if MEASURED.search(name):
            described = re.search(rf"\b{name}`?: (.*(?:\n {{8,}}.*)*)", text)
            assert described is None or UNITS.search(described[1]), f"{name} has no unit"
    if inspect.isfunction(public) and public.__name__ not in ("get", "translate_input_property", "connect"):
        assert re.search(r"\b[Rr]aises\b", text), "its exceptions are not documented"


@pytest.mark.parametrize(
    "model",
    [
        ContextInputs,
        ContextState,
        ContextDirectoryInputs,
        ContextDirectoryState,
        ContextFileInputs,
        ContextFileState,
        Configuration,
        *RESULTS,
    ],
)
def test_every_property_is_described_with_its_unit(model: Any) -> None:
    for name, field in model.model_fields.items():
        assert field.description
        if MEASURED.search(name):
            assert re.search("second|byte", field.description, re.IGNORECASE), f"{name} has no unit"


def test_the_resources_accept_the_inputs_of_the_models_and_return_their_outputs() -> None:
    for resource, inputs, state in (
        (agb.Context, ContextInputs, ContextState),
        (agb.ContextDirectory, ContextDirectoryInputs, ContextDirectoryState),
        (agb.ContextFile, ContextFileInputs, ContextFileState),
    ):
        arguments = set(inspect.signature(resource.__init__).parameters) - {"self", "resource_name", "opts"}
        assert arguments - {"context"} == set(inputs.model_fields) - INTERNAL
        outputs = {name for name in dir(resource) if not name.startswith("_")}
        outputs |= {name for base in resource.__mro__ for name in inspect.get_annotations(base)}
        assert set(state.model_fields) - {*INTERNAL, "account"} <= outputs
        assert all(f"{name}: " in (resource.__doc__ or "") for name in arguments)


def test_every_message_is_in_the_error_reference() -> None:
    written = runpy.run_path(str(ROOT / "tools" / "write_errors.py"))["page"]()
    assert (ROOT / "docs" / "errors.md").read_text("utf-8") == written


def test_files_that_the_contributing_guide_names_exist() -> None:
    rows = re.findall(r"^\| [^|]+ \| (`.+) \|$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    paths = [path for row in rows for path in re.findall(r"`([\w./]+)`", row) if "/" in path or path.endswith(".toml")]
    assert len(paths) > 25
    assert [path for path in paths if not (ROOT / path).exists()] == []
    modules = {f"pulumi_agbcontext/{path.relative_to(PACKAGE)}" for path in (PACKAGE / "lifecycle").rglob("*.py")}
    assert {
        "pulumi_agbcontext/lifecycle/context/model.py",
        "pulumi_agbcontext/lifecycle/context/create.py",
    } <= modules & set(paths)
