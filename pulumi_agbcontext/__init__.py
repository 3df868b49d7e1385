"""Pulumi provider for AGB contexts, the persistent directories that AI-agent sandboxes mount."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_agbcontext.dynamic.context import Context
    from pulumi_agbcontext.dynamic.context_directory import ContextDirectory
    from pulumi_agbcontext.dynamic.context_file import ContextFile
    from pulumi_agbcontext.dynamic.encoding import files_from
    from pulumi_agbcontext.functions import (
        get_context,
        get_context_clear_status,
        get_context_clear_status_output,
        get_context_file_content,
        get_context_file_content_output,
        get_context_file_download_url,
        get_context_file_download_url_output,
        get_context_file_upload_url,
        get_context_file_upload_url_output,
        get_context_output,
        list_context_files,
        list_context_files_output,
        list_contexts,
        list_contexts_output,
    )
    from pulumi_agbcontext.lifecycle.data_sources import ContextInfo, FileContent, FileInfo, FileUrl

__all__ = [
    "Context",
    "ContextDirectory",
    "ContextFile",
    "ContextInfo",
    "FileContent",
    "FileInfo",
    "FileUrl",
    "files_from",
    "get_context",
    "get_context_clear_status",
    "get_context_clear_status_output",
    "get_context_file_content",
    "get_context_file_content_output",
    "get_context_file_download_url",
    "get_context_file_download_url_output",
    "get_context_file_upload_url",
    "get_context_file_upload_url_output",
    "get_context_output",
    "list_context_files",
    "list_context_files_output",
    "list_contexts",
    "list_contexts_output",
]

_HOMES = {
    "Context": "dynamic.context",
    "ContextDirectory": "dynamic.context_directory",
    "ContextFile": "dynamic.context_file",
    "ContextInfo": "lifecycle.data_sources",
    "FileContent": "lifecycle.data_sources",
    "FileInfo": "lifecycle.data_sources",
    "FileUrl": "lifecycle.data_sources",
    "files_from": "dynamic.encoding",
}


def __getattr__(name: str) -> object:
    """Import a public name on first access, so that the client and the local server start without loading Pulumi."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'functions')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
