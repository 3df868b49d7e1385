"""Pulumi schema of the package, generated from the models. `python -m pulumi_agbcontext.schema` prints it.

The constants below contain the parts of the schema that are not in the models.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.alias_generators import to_snake
from pydantic.fields import FieldInfo

from pulumi_agbcontext.lifecycle.context.model import ContextInputs, ContextState
from pulumi_agbcontext.lifecycle.context_directory.model import ContextDirectoryInputs, ContextDirectoryState
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileInputs, ContextFileState
from pulumi_agbcontext.lifecycle.data_sources import DATA_SOURCES, DataSource
from pulumi_agbcontext.lifecycle.files.model import FILE_MAPS
from pulumi_agbcontext.lifecycle.listing import LISTINGS
from pulumi_agbcontext.lifecycle.properties import Choices, Mark
from pulumi_agbcontext.lifecycle.provider.configuration import ENVIRONMENT, NAMESPACE, Configuration
from pulumi_agbcontext.publication import (
    DOTNET_NAMESPACE,
    GO_PACKAGE,
    HOMEPAGE,
    JAVA_PACKAGE,
    LOGO,
    NODEJS_PACKAGE,
    OWNER,
    PLUGIN_DOWNLOAD_URL,
    PYTHON_DISTRIBUTION,
    PYTHON_PACKAGE,
)

MODULE = f"{NAMESPACE}:index:"
LANGUAGES: Mapping[str, Mapping[str, Any]] = {
    "csharp": {"rootNamespace": DOTNET_NAMESPACE},
    "go": {"importBasePath": GO_PACKAGE, "generateResourceContainerTypes": True},
    "java": {"basePackage": JAVA_PACKAGE, "buildFiles": "gradle"},
    "nodejs": {"packageName": NODEJS_PACKAGE},
    "python": {"packageName": PYTHON_PACKAGE, "pyproject": {"enabled": True}},
}
PLACEHOLDERS = {  # in the examples of descriptions
    "<dotnet namespace>": DOTNET_NAMESPACE,
    "<go package>": GO_PACKAGE,
    "<java package>": JAVA_PACKAGE,
    "<nodejs package>": NODEJS_PACKAGE,
    "<python package>": PYTHON_PACKAGE,
}
INTERNAL = frozenset({"unfinished"})  # properties that programs neither set nor read
REPLACE = frozenset({"contextId", "path"})  # inputs whose change always replaces the resource; Context has none
RESOURCES: Mapping[str, tuple[type[BaseModel], type[BaseModel]]] = {  # models of inputs and state
    "Context": (ContextInputs, ContextState),
    "ContextDirectory": (ContextDirectoryInputs, ContextDirectoryState),
    "ContextFile": (ContextFileInputs, ContextFileState),
}

_JSON = {str: "string", bool: "boolean", int: "integer", float: "number"}

Json = dict[str, Any]


def schema_text() -> str:
    """Return the schema as JSON, as in `schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> Json:
    """Return the schema of the package. Source: Pulumi's package metaschema."""
    return {
        "name": NAMESPACE,
        "namespace": OWNER,
        "displayName": "AGB contexts",
        "version": version(PYTHON_DISTRIBUTION),
        "description": "Contexts of the AGB cloud: persistent directories that AI-agent sandboxes mount.",
        "keywords": ["pulumi", "agb", "ai-agents", "category/cloud", "kind/native"],
        "homepage": HOMEPAGE,
        "repository": HOMEPAGE,
        "logoUrl": LOGO,
        "license": "Apache-2.0",
        "publisher": OWNER,
        "pluginDownloadURL": PLUGIN_DOWNLOAD_URL,
        "language": {name: {"respectSchemaVersion": True, **settings} for name, settings in LANGUAGES.items()},
        "config": {"variables": _settings(), "defaults": []},
        "types": _types(),
        "provider": {
            "description": "The account that contexts belong to.",
            "inputProperties": _settings(),
        },
        "resources": {f"{MODULE}{name}": _resource(name, *models) for name, models in RESOURCES.items()},
        "functions": {f"{MODULE}{name}": _function(source) for name, source in DATA_SOURCES.items()},
    }


def _settings() -> Json:
    settings = {}
    for key, field in _fields(Configuration):
        setting = _property(key, field)
        if key in ENVIRONMENT:
            setting["defaultInfo"] = {"environment": [ENVIRONMENT[key]]}
        settings[key] = setting
    return settings


def _types() -> Json:
    """Return the types that are nested in the results of functions, and the enumerations of inputs, by token."""
    models = {model.__name__: model for source in DATA_SOURCES.values() for _, model in _models_below(source.results)}
    nested = {f"{MODULE}{name}": {"type": "object", **_object(model)} for name, model in models.items()}
    return dict(sorted({**nested, **_enumerations()}.items()))


def _enumerations() -> Json:
    fields = [field for model, _ in RESOURCES.values() for _, field in _fields(model)]
    return {f"{MODULE}{found.name}": _enumeration(found) for field in fields if (found := _choices(field))}


def _enumeration(choices: Choices) -> Json:
    values = [{"value": value, "description": f"{_sentence(text)}."} for value, text in choices.values.items()]
    return {"type": "string", "description": f"{choices.meaning}.", "enum": values}


def _sentence(clause: str) -> str:
    return clause[0].upper() + clause[1:]


def _choices(field: FieldInfo) -> Choices | None:
    return next((one for one in field.metadata if isinstance(one, Choices)), None)


def _models_below(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    items = [(key, get_args(field.annotation)) for key, field in _fields(model)]
    return [(key, below[0]) for key, below in items if below and _is_model(below[0])]


def _resource(resource: str, model: type[BaseModel], state: type[BaseModel]) -> Json:
    inputs = {key: {**_property(key, field), **_one_of(field)} for key, field in _fields(model)}
    outputs = {key: _property(key, field) for key, field in _fields(state)}
    for key in FILE_MAPS:
        if key in inputs:
            inputs[key]["additionalProperties"] = {"oneOf": [{"type": "string"}, {"$ref": "pulumi.json#/Asset"}]}
            outputs[key]["description"] = "Seeded files, as a map from path in the context to size, SHA-256 and source."
    required = sorted(REPLACE.intersection(inputs))
    for key in required:
        inputs[key] |= {"replaceOnChanges": True, "willReplaceOnChanges": True}
    described = {
        "description": _text(to_snake(resource)),
        "properties": outputs,
        "required": _certain(state),
        "inputProperties": inputs,
        "listInputs": {"type": "object", **_object(LISTINGS[resource].query)},
    }
    return {**described, "requiredInputs": required} if required else described


def _one_of(field: FieldInfo) -> Json:
    """Return the type of an input that accepts a value of an enumeration, or the same value as a string."""
    found = _choices(field)
    return {"oneOf": [{"type": "string"}, {"$ref": f"#/types/{MODULE}{found.name}"}]} if found else {}


def _function(source: DataSource) -> Json:
    function: Json = {"description": f"{source.description} Source: API operation {source.operation}."}
    if source.arguments.model_fields:
        function["inputs"] = {"type": "object", **_object(source.arguments)}
    return {**function, "outputs": {"type": "object", **_object(source.results)}}


def _object(model: type[BaseModel]) -> Json:
    properties = {key: _property(key, field) for key, field in _fields(model)}
    return {"description": model.__doc__, "properties": properties, "required": _certain(model)}


def _property(key: str, field: FieldInfo) -> Json:
    described = {**_type(field.annotation), "description": field.description or ""}
    default = field.get_default(call_default_factory=True)
    if isinstance(default, (bool, int, float, str)) and default != "" and key not in ENVIRONMENT:
        described["default"] = default
    if Mark.SECRET in field.metadata:
        described["secret"] = True
    return described


def _type(annotation: Any) -> Json:
    """Return the schema type of a field's annotation."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin in (Union, types.UnionType):
        return _type(next(one for one in arguments if one is not type(None)))
    if origin is Literal or annotation is SecretStr:
        return {"type": "string"}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if origin is list:
        return {"type": "array", "items": _type(arguments[0])}
    if annotation is Any:
        return {"$ref": "pulumi.json#/Any"}
    return {"$ref": f"#/types/{MODULE}{annotation.__name__}"} if _is_model(annotation) else {"type": _JSON[annotation]}


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return [(str(f.alias), f) for name, f in model.model_fields.items() if name not in INTERNAL]


def _certain(model: type[BaseModel]) -> list[str]:
    """Return the properties that are never absent."""
    return sorted(key for key, field in _fields(model) if type(None) not in get_args(field.annotation))


def _text(name: str) -> str:
    text = files("pulumi_agbcontext").joinpath("descriptions", f"{name}.md").read_text(encoding="utf-8")
    for placeholder, value in PLACEHOLDERS.items():
        text = text.replace(placeholder, value)
    return text


if __name__ == "__main__":
    sys.stdout.write(schema_text())
