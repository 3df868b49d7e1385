"""The resource `agb.ContextDirectory`."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pulumi
import pulumi.dynamic

from pulumi_agbcontext.dynamic.context import Context, containing
from pulumi_agbcontext.dynamic.directory_provider import ContextDirectoryProvider
from pulumi_agbcontext.dynamic.encoding import Files, encode_files, relative_source
from pulumi_agbcontext.dynamic.options import delete_first, properties_of
from pulumi_agbcontext.dynamic.outputs import FILES_OUTPUTS, FilesOutputs


class ContextDirectory(FilesOutputs, pulumi.dynamic.Resource, module="agbcontext", name="ContextDirectory"):
    """A directory of files in a context that another resource, stack or program owns.

    The context is never created, renamed, cleared or deleted, and its owner record is not read. Set either `context` or
    `context_id`, and either `files` or `source`.

    Args:
        resource_name: logical name of the resource in the program.
        context: context in this program that contains the directory. It sets `context_id` and `context_generation`.
        context_id: id of a context that another stack manages. A change replaces the directory.
        context_generation: generation of the context. A change uploads all files again, because a clear in place erases
            them.
        path: canonical path of the directory in the context, for example `/data`, or `/` for the whole context. A
            change replaces the directory.
        files: files to seed, from path below the directory, with a leading slash, to content, as in `Context`.
            `files_from` builds this mapping. Only changed files are uploaded, files removed from the mapping are
            deleted, and all other files are left unchanged.
        source: path of a local directory, absolute or relative to the program's working directory. Its files are
            seeded.
        secret_files: files to seed like `files`, but encrypted in the state, including their digests.
        exclude: gitignore patterns. Files in local directories that match at least one of them are left out.
        include_hidden: whether local directories include files and directories whose names start with a dot. Defaults
            to False.
        respect_gitignore: whether to leave out files that `.gitignore` files in local directories exclude. Defaults
            to False.
        drift_check: what refresh compares for each seeded file: `size` (presence and size, the default), `content`
            (downloads and hashes the files) or `none`.
        overwrite_files: whether to overwrite a file that is new to `files` but already exists in the context. If False
            (the default), such a file is an error unless its content is identical.
        exclusive: whether only the declared files may exist in the directory. A refresh records all other files, and
            the next update deletes those that have not changed since. Defaults to False.
        ignore_files: gitignore patterns, relative to the directory, of files that `exclusive` neither records nor
            deletes.
        max_deletes: maximum number of files that one update may delete. An update that would delete more is rejected.
        clear_timeout: maximum time to wait until the context is usable or unused, in seconds. Defaults to 60.
        clear_poll_interval: maximum polling interval, in seconds. Defaults to 2.
        when_in_use: what to do before a change while a session is using the context: `proceed` (the default), `wait`
            up to `clear_timeout`, or `fail`. A session uploads its copy of the files when it ends.
        opts: resource options.

    Raises:
        pulumi.RunError: `context` is set together with `context_id` or `context_generation`, or a file name is not
            valid Unicode. The engine reports every other invalid argument, with its property, during the preview.

    Source: API operations GetContextFileUploadUrl, DeleteContextFile and DescribeContextFiles.
    """

    path: pulumi.Output[str]
    """Path of the directory in the context."""

    def __init__(
        self,
        resource_name: str,
        *,
        context: Context | None = None,
        context_id: pulumi.Input[str] | None = None,
        context_generation: pulumi.Input[int] | None = None,
        path: pulumi.Input[str] | None = None,
        files: pulumi.Input[Files] | None = None,
        source: pulumi.Input[str | os.PathLike[str]] | None = None,
        secret_files: pulumi.Input[Files] | None = None,
        exclude: pulumi.Input[Sequence[str]] | None = None,
        include_hidden: pulumi.Input[bool] | None = None,
        respect_gitignore: pulumi.Input[bool] | None = None,
        drift_check: pulumi.Input[str] | None = None,
        overwrite_files: pulumi.Input[bool] | None = None,
        exclusive: pulumi.Input[bool] | None = None,
        ignore_files: pulumi.Input[Sequence[str]] | None = None,
        max_deletes: pulumi.Input[int] | None = None,
        clear_timeout: pulumi.Input[float] | None = None,
        clear_poll_interval: pulumi.Input[float] | None = None,
        when_in_use: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            **containing(f"ContextDirectory '{resource_name}'", context, context_id, context_generation),
            "path": path,
            "files": encode_files(files),
            "source": relative_source(source),
            "secret_files": encode_files(secret_files),
            "exclude": exclude,
            "include_hidden": include_hidden,
            "respect_gitignore": respect_gitignore,
            "drift_check": drift_check,
            "overwrite_files": overwrite_files,
            "exclusive": exclusive,
            "ignore_files": ignore_files,
            "max_deletes": max_deletes,
            "clear_timeout": clear_timeout,
            "clear_poll_interval": clear_poll_interval,
            "when_in_use": when_in_use,
        }
        properties = properties_of(inputs, FILES_OUTPUTS, resource_name, opts)
        super().__init__(ContextDirectoryProvider(), resource_name, properties, delete_first(opts))

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> ContextDirectory:
        """Get an existing directory that another stack manages. It is only read, never changed or deleted.

        Args:
            resource_name: logical name of the resource in this program.
            id: `<context id>/<path without its leading slash>/`, for example `SdkCtx-04ml3r7wphp8nq2la/data/`.
            opts: resource options.

        Returns:
            The directory, without its files.
        """
        return ContextDirectory(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

    @property
    def context_id(self) -> pulumi.Output[str]:
        """Id of the context that contains the directory."""
        return self._output("context_id")

    @property
    def context_generation(self) -> pulumi.Output[int | None]:
        """Generation of the context at the last upload; None if not set."""
        return self._output("context_generation")
