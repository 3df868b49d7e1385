"""Resource types by token, each with its handler and the conversions that only the plugin needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_agbcontext.lifecycle.context.derived_name import derived_name, parent_types
from pulumi_agbcontext.lifecycle.context.handler import ContextHandler
from pulumi_agbcontext.lifecycle.context_directory.handler import ContextDirectoryHandler
from pulumi_agbcontext.lifecycle.context_file.handler import ContextFileHandler
from pulumi_agbcontext.lifecycle.files.model import FILE_MAPS, FilesState
from pulumi_agbcontext.lifecycle.files.sources import relative_path
from pulumi_agbcontext.lifecycle.handlers import Handler
from pulumi_agbcontext.lifecycle.properties import Mark, marked
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.plugin.encoding import encode_files, encode_triggers
from pulumi_agbcontext.plugin.values import Properties, has_secret, secret

CONTEXT = "agbcontext:index:Context"
CONTEXT_DIRECTORY = "agbcontext:index:ContextDirectory"
CONTEXT_FILE = "agbcontext:index:ContextFile"


@dataclass(frozen=True)
class ResourceType:
    """A resource type.

    Attributes:
        handler: lifecycle operations of the type.
        encode: function that converts the inputs of a generated SDK to those of the handler, with assets as strings. It
            receives the inputs and those of the last update.
        mark_secrets: function that marks properties that are always secret or derive from a secret input.
    """

    handler: Handler
    encode: Callable[[Properties, Properties], dict[str, Any]]
    mark_secrets: Callable[[Properties, Properties], dict[str, Any]]


def resource_of(urn: str) -> Resource:
    """Return the resource that a URN names."""
    stack, project, _, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    return Resource(urn, project, stack, name, derived_name(project, stack, parent_types(urn), name))


def _encoded_context(news: Properties, olds: Properties) -> dict[str, Any]:
    files = {key: encode_files(news[key], olds.get(key)) for key in FILE_MAPS if key in news}
    triggers = {key: encode_triggers(news[key]) for key in ("clearTriggers",) if key in news}
    return {**news, **files, **triggers}


def _encoded_directory(news: Properties, olds: Properties) -> dict[str, Any]:
    return _encoded_context(_encoded_file(news, olds), olds)


def _encoded_file(news: Properties, olds: Properties) -> dict[str, Any]:
    source = news.get("source")
    return {**news, "source": relative_path(source)} if isinstance(source, str) else dict(news)


def _secret_files(properties: Properties, news: Properties) -> dict[str, Any]:
    """Mark the properties that are secret in the model as secrets."""
    secrets = marked(FilesState, Mark.SECRET)
    return {key: secret(value) if key in secrets else value for key, value in properties.items()}


def _secret_digest(properties: Properties, news: Properties) -> dict[str, Any]:
    """Mark the digest as a secret if the content is a secret."""
    if has_secret(news.get("content")) or has_secret(news.get("contentBase64")):
        return {**properties, "sha256": secret(properties.get("sha256"))}
    return dict(properties)


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    CONTEXT: ResourceType(ContextHandler(), _encoded_context, _secret_files),
    CONTEXT_DIRECTORY: ResourceType(ContextDirectoryHandler(), _encoded_directory, _secret_files),
    CONTEXT_FILE: ResourceType(ContextFileHandler(), _encoded_file, _secret_digest),
}
