"""`agb.ContextFile`: one file in a context whose owner is somebody else."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pulumi
import pulumi.dynamic

from pulumi_agbcontext.dynamic.context import Context
from pulumi_agbcontext.dynamic.file_provider import ContextFileProvider
from pulumi_agbcontext.dynamic.options import delete_first, internal_inputs, on_wire
from pulumi_agbcontext.lifecycle.files.sources import relative_path
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.sdk_internals import output_of


class ContextFile(pulumi.dynamic.Resource, module="agbcontext", name="ContextFile"):
    """One file in a context that another resource, stack or person owns.

    Args:
        resource_name: logical name of the resource in the program.
        context: the context of this program that holds the file; sets `context_id` and `context_generation`.
        context_id: the API's id of a context that another stack owns; another one replaces the file.
        context_generation: generation of the context: a change uploads the file again, in place, because a clear in
            place has erased it.
        path: canonical path in the context, for example `/data/report.txt`; another one replaces the file.
        content: content as text; exactly one of `content`, `content_base64` and `source`.
        content_base64: content in base64, for bytes that are no text.
        source: path of a local file, relative to the program's working directory.
        overwrite_on_create: overwrite a file that is there already at creation; else it is an error, unless it has
            this very content. Best effort: the API has no conditional write.
        opts: options of the resource.

    Raises:
        pulumi.RunError: both `context` and `context_id` or `context_generation` are given. Any other fault of an
            argument is shown by the engine, with its property, in the preview.

    Source: API operations GetContextFileUploadUrl, DeleteContextFile and DescribeContextFiles.
    """

    path: pulumi.Output[str]
    """Path in the context."""
    size: pulumi.Output[int]
    """Bytes."""
    sha256: pulumi.Output[str]
    """Hex digest of the content; a secret where the content is one."""

    def __init__(
        self,
        resource_name: str,
        *,
        context: Context | None = None,
        context_id: pulumi.Input[str] | None = None,
        context_generation: pulumi.Input[int] | None = None,
        path: pulumi.Input[str] | None = None,
        content: pulumi.Input[str] | None = None,
        content_base64: pulumi.Input[str] | None = None,
        source: pulumi.Input[str | os.PathLike[str]] | None = None,
        overwrite_on_create: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if context is not None and (context_id is not None or context_generation is not None):
            raise pulumi.RunError(f"ContextFile '{resource_name}': {invalid.CONTEXT_AND_ID}")
        properties: dict[str, Any] = {
            "contextId": context_id if context is None else context.id,
            "contextGeneration": context_generation if context is None else context.generation,
            "path": path,
            "content": content,
            "contentBase64": content_base64,
            "source": source.apply(_relative) if isinstance(source, pulumi.Output) else _relative(source),
            "overwriteOnCreate": overwrite_on_create,
            "size": None,
            # Told along so that the digest of a secret content is a secret too: the engine encrypts an output where the
            # input of its name is one. Check takes it anew.
            "sha256": _digest_of_content(content, content_base64),
        }
        properties |= internal_inputs(resource_name, opts)
        super().__init__(ContextFileProvider(), resource_name, properties, delete_first(opts))

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> ContextFile:
        """Look up a file that another stack owns; it is read, never changed or deleted.

        Args:
            resource_name: logical name of the look-up in this program.
            id: `<context id>/<path without its first slash>`.
            opts: options of the resource.
        """
        return ContextFile(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

    @property
    def context_id(self) -> pulumi.Output[str]:
        """The API's id of the context."""
        return self._output("contextId")

    @property
    def context_generation(self) -> pulumi.Output[int | None]:
        """Generation of the context at the last upload."""
        return self._output("contextGeneration")

    @property
    def overwrite_on_create(self) -> pulumi.Output[bool]:
        """Whether a file that was there already was to be overwritten."""
        return self._output("overwriteOnCreate")

    def _output(self, name: str) -> pulumi.Output[Any]:
        return output_of(self, name)

    def translate_input_property(self, prop: str) -> str:
        """Spell a property `prop` as on the wire, for the options that name one."""
        return on_wire(prop)


def _relative(source: Any) -> Any:
    return relative_path(source) if isinstance(source, (str, os.PathLike)) else source


def _digest_of_content(
    content: pulumi.Input[str] | None, content_base64: pulumi.Input[str] | None
) -> pulumi.Output[str] | None:
    given = content_base64 if content is None else content
    return None if given is None else pulumi.Output.from_input(given).apply(_digest)


def _digest(content: object) -> str:
    return hashlib.sha256(str(content).encode("utf-8", "replace")).hexdigest()
