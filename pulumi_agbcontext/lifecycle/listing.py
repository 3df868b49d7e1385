"""Lists of the contexts, directories and files in an account, with the ids under which they can be imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field

from pulumi_agbcontext.lifecycle.context_directory.model import directory_id
from pulumi_agbcontext.lifecycle.context_file.model import file_id
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.files.paths import ROOT, parents, path_fault
from pulumi_agbcontext.lifecycle.properties import Model, printable_name
from pulumi_agbcontext.lifecycle.provider.session import ContextApi


class ContextQuery(Model):
    """Selection of the contexts to list."""

    name_prefix: str | None = Field(
        None, description="Prefix of the names to list. By default, all contexts of the account are listed."
    )


class FileQuery(Model):
    """Selection of the files or directories of a context to list."""

    context_id: Annotated[str, AfterValidator(printable_name)] = Field(description="ID of the context.")
    path_prefix: str | None = Field(
        None,
        description="Prefix of the paths to list, for example `/data/`. By default, the whole context is listed.",
    )


class Listed(NamedTuple):
    """A resource that can be imported. Lists are sorted by these attributes.

    Attributes:
        name: name of the context, or absolute path of the file or directory.
        id: id for an import.
    """

    name: str
    id: str


@dataclass(frozen=True)
class Listing:
    """Definition of the list of one type of resource.

    Attributes:
        query: model of the query.
        find: function that takes the API client and the query, and returns the resources.
    """

    query: type[Model]
    find: Callable[[ContextApi, Any], Iterable[Listed]]

    def sorted(self, service: ContextApi, query: Model) -> list[Listed]:
        """Return all resources that match a query, without duplicates and sorted by name.

        The order allows a later call to continue after any of them, even if others have been created or deleted in the
        meantime.

        Raises:
            AGBError: the API call failed.
        """
        return sorted(set(self.find(service, query)))


def _contexts(service: ContextApi, query: ContextQuery) -> Iterable[Listed]:
    prefix = query.name_prefix or ""
    return (Listed(found.name, found.id) for found in service.list_all() if found.name.startswith(prefix))


def _files(service: ContextApi, query: FileQuery) -> Iterable[Listed]:
    return (Listed(path, file_id(query.context_id, path)) for path in _selected(query, _paths(service, query)))


def _directories(service: ContextApi, query: FileQuery) -> Iterable[Listed]:
    above = {ROOT, *(directory for path in _paths(service, query) for directory in parents(path))}
    return (Listed(path, directory_id(Location(query.context_id, path))) for path in _selected(query, above))


def _paths(service: ContextApi, query: FileQuery) -> list[str]:
    """Return the paths of the files that a resource can manage, which excludes the owner record."""
    entries = service.list_all_files(query.context_id)
    return [entry.file_path for entry in entries if path_fault(entry.file_path) is None]


def _selected(query: FileQuery, paths: Iterable[str]) -> Iterable[str]:
    return (path for path in paths if path.startswith(query.path_prefix or ""))


LISTINGS: Mapping[str, Listing] = {
    "Context": Listing(ContextQuery, _contexts),
    "ContextDirectory": Listing(FileQuery, _directories),
    "ContextFile": Listing(FileQuery, _files),
}
