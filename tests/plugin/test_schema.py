"""Tests that the schema matches the models and is complete: every token, reference and required list."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from pulumi_agbcontext.dynamic.options import SECRETS, on_wire
from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState
from pulumi_agbcontext.lifecycle.context_directory.model import ContextDirectoryInputs, ContextDirectoryState
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileInputs, ContextFileState
from pulumi_agbcontext.lifecycle.data_sources import DATA_SOURCES
from pulumi_agbcontext.lifecycle.properties import Choices, Mark, marked
from pulumi_agbcontext.lifecycle.provider.configuration import Configuration
from pulumi_agbcontext.plugin.resource_types import RESOURCE_TYPES
from pulumi_agbcontext.schema import INTERNAL, schema_text

ROOT = Path(__file__).parent.parent.parent
SCHEMA: dict[str, Any] = json.loads(schema_text())
LANGUAGES = ("typescript", "python", "go", "csharp", "java", "yaml")


def test_the_schema_file_matches_the_models() -> None:
    assert (ROOT / "schema.json").read_text("utf-8") == schema_text()


def test_every_resource_and_function_of_the_plugin_is_in_the_schema() -> None:
    assert SCHEMA["resources"].keys() == RESOURCE_TYPES.keys()
    assert SCHEMA["functions"].keys() == {f"agbcontext:index:{name}" for name in DATA_SOURCES}


@pytest.mark.parametrize(
    ("place", "model"),
    [
        (SCHEMA["provider"]["inputProperties"], Configuration),
        (SCHEMA["config"]["variables"], Configuration),
        (SCHEMA["resources"]["agbcontext:index:Context"]["inputProperties"], ContextInputs),
        (SCHEMA["resources"]["agbcontext:index:Context"]["properties"], ContextState),
        (SCHEMA["resources"]["agbcontext:index:ContextDirectory"]["inputProperties"], ContextDirectoryInputs),
        (SCHEMA["resources"]["agbcontext:index:ContextDirectory"]["properties"], ContextDirectoryState),
        (SCHEMA["resources"]["agbcontext:index:ContextFile"]["inputProperties"], ContextFileInputs),
        (SCHEMA["resources"]["agbcontext:index:ContextFile"]["properties"], ContextFileState),
        *[
            (SCHEMA["functions"][f"agbcontext:index:{name}"].get("inputs", {}).get("properties", {}), lookup.arguments)
            for name, lookup in DATA_SOURCES.items()
        ],
    ],
)
def test_each_field_of_a_model_is_in_the_schema_once_and_is_described(place: dict[str, Any], model: Any) -> None:
    fields = {str(field.alias): field for name, field in model.model_fields.items() if name not in INTERNAL}
    assert place.keys() == fields.keys()
    assert all(reported["description"] for reported in place.values())


def test_every_reference_of_the_schema_resolves() -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', schema_text()))
    own = {f"#/types/{token}" for token in SCHEMA["types"]}
    assert references <= own | {"pulumi.json#/Asset", "pulumi.json#/Any"}
    assert own <= references


@pytest.mark.parametrize(
    ("name", "key", "values"),
    [
        ("DriftCheck", "driftCheck", ["size", "content", "none"]),
        ("WhenInUse", "whenInUse", ["proceed", "wait", "fail"]),
    ],
)
def test_an_input_with_fixed_values_accepts_an_enumeration_and_strings(name: str, key: str, values: list[str]) -> None:
    enumeration = SCHEMA["types"][f"agbcontext:index:{name}"]
    assert [one["value"] for one in enumeration["enum"]] == values
    assert all(one["description"] for one in (enumeration, *enumeration["enum"]))
    given = [
        resource["inputProperties"][key] for resource in SCHEMA["resources"].values() if key in resource["properties"]
    ]
    for place in given:
        assert place["oneOf"] == [{"type": "string"}, {"$ref": f"#/types/agbcontext:index:{name}"}]
        assert place["default"] == values[0]
        assert all(f"`{value}`" in place["description"] for value in values)


def test_every_value_that_a_model_accepts_is_described() -> None:
    for model in (ContextInputs, ContextDirectoryInputs, ContextFileInputs):
        for field in model.model_fields.values():
            if get_origin(field.annotation) is Literal:
                [choices] = [one for one in field.metadata if isinstance(one, Choices)]
                assert tuple(choices.values) == get_args(field.annotation)


def test_every_required_property_is_declared() -> None:
    for place in _objects(SCHEMA):
        assert set(place.get("required", [])) <= place.get("properties", {}).keys()
        assert set(place.get("requiredInputs", [])) <= place.get("inputProperties", {}).keys()


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *[below for item in value.values() for below in _objects(item)]]
    return []


def test_secrets_are_marked() -> None:
    context = SCHEMA["resources"]["agbcontext:index:Context"]
    assert context["inputProperties"]["secretFiles"]["secret"]
    assert context["properties"]["secretFiles"]["secret"]
    assert SCHEMA["provider"]["inputProperties"]["apiKey"]["secret"]
    assert SCHEMA["config"]["variables"]["apiKey"]["defaultInfo"] == {"environment": ["AGB_API_KEY"]}


def test_the_dynamic_resource_has_the_secrets_of_the_model() -> None:
    for model in (ContextInputs, ContextDirectoryInputs):
        assert [on_wire(name) for name in SECRETS] == marked(model, Mark.SECRET)


def test_each_resource_has_examples_in_every_language_and_an_import_section() -> None:
    for token, resource in SCHEMA["resources"].items():
        text = resource["description"]
        assert [language for language in LANGUAGES if f"```{language}\n" in text] == list(LANGUAGES)
        assert f"pulumi import {token} " in text


def test_the_generated_python_package_has_another_name_than_this_one() -> None:
    assert SCHEMA["language"]["python"]["packageName"] not in ("pulumi_agbcontext", "pulumi-agbcontext")
