"""The resource `agb.ContextFile`."""

from __future__ import annotations

import hashlib
import os

import pulumi
import pulumi.dynamic

from pulumi_agbcontext.dynamic.context import Context, containing
from pulumi_agbcontext.dynamic.encoding import relative_source
from pulumi_agbcontext.dynamic.file_provider import ContextFileProvider
from pulumi_agbcontext.dynamic.options import delete_first, properties_of
from pulumi_agbcontext.dynamic.outputs import Outputs


class ContextFile(Outputs, pulumi.dynamic.Resource, module="agbcontext", name="ContextFile"):
    """A single file in a context that another resource, stack or program owns.

    Set either `context` or `context_id`, and exactly one of `content`, `content_base64` and `source`.

    Args:
        resource_name: logical name of the resource in the program.
        context: context in this program that contains the file. It sets `context_id` and `context_generation`.
        context_id: id of a context that another stack manages. A change replaces the file.
        context_generation: generation of the context. A change uploads the file again, because a clear in place erases
            it.
        path: canonical path in the context, for example `/data/report.txt`. A change replaces the file.
        content: content as text.
        content_base64: content as base64, for binary data.
        source: path of a local file, absolute or relative to the program's working directory.
        overwrite_on_create: whether to overwrite a file that already exists when the resource is created. If False (the
            default), an existing file is an error unless its content is identical. The check is best effort, because
            the API has no conditional writes.
        clear_timeout: maximum time to wait until the context is usable or unused, in seconds. Defaults to 60.
        clear_poll_interval: maximum polling interval, in seconds. Defaults to 2.
        when_in_use: what to do before a change while a session is using the context: `proceed` (the default), `wait`
            up to `clear_timeout`, or `fail`. A session uploads its copy of the files when it ends.
        opts: resource options.

    Raises:
        pulumi.RunError: `context` is set together with `context_id` or `context_generation`. The engine reports every
            other invalid argument, with its property, during the preview.

    Source: API operations GetContextFileUploadUrl, DeleteContextFile and DescribeContextFiles.
    """

    path: pulumi.Output[str]
    """Path of the file in the context."""
    size: pulumi.Output[int]
    """Size of the content, in bytes."""
    sha256: pulumi.Output[str]
    """SHA-256 of the content, in hex; a secret if the content is a secret."""

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
        clear_timeout: pulumi.Input[float] | None = None,
        clear_poll_interval: pulumi.Input[float] | None = None,
        when_in_use: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            **containing(f"ContextFile '{resource_name}'", context, context_id, context_generation),
            "path": path,
            "content": content,
            "content_base64": content_base64,
            "source": relative_source(source),
            "overwrite_on_create": overwrite_on_create,
            "clear_timeout": clear_timeout,
            "clear_poll_interval": clear_poll_interval,
            "when_in_use": when_in_use,
            # Passed so that the digest of secret content is a secret too: the engine encrypts an output if the input of
            # the same name is a secret. Check computes the digest again.
            "sha256": _digest_of_content(content, content_base64),
        }
        properties = properties_of(inputs, ("size",), resource_name, opts)
        super().__init__(ContextFileProvider(), resource_name, properties, delete_first(opts))

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> ContextFile:
        """Get an existing file that another stack manages. It is only read, never changed or deleted.

        Args:
            resource_name: logical name of the resource in this program.
            id: `<context id>/<path without its leading slash>`.
            opts: resource options.

        Returns:
            The file, with its current size and digest.
        """
        return ContextFile(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

    @property
    def context_id(self) -> pulumi.Output[str]:
        """Id of the context that contains the file."""
        return self._output("context_id")

    @property
    def context_generation(self) -> pulumi.Output[int | None]:
        """Generation of the context at the last upload; None if not set."""
        return self._output("context_generation")

    @property
    def overwrite_on_create(self) -> pulumi.Output[bool]:
        """Whether an existing file may be overwritten when the resource is created."""
        return self._output("overwrite_on_create")


def _digest_of_content(
    content: pulumi.Input[str] | None, content_base64: pulumi.Input[str] | None
) -> pulumi.Output[str] | None:
    given = content_base64 if content is None else content
    return None if given is None else pulumi.Output.from_input(given).apply(_digest)


def _digest(content: object) -> str:
    return hashlib.sha256(str(content).encode("utf-8", "replace")).hexdigest()
