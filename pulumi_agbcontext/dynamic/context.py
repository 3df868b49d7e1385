"""The resource `agb.Context`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi.dynamic

from pulumi_agbcontext.dynamic.encoding import Files, encode_files, encode_triggers
from pulumi_agbcontext.dynamic.options import delete_first, properties_of
from pulumi_agbcontext.dynamic.outputs import FILES_OUTPUTS, FilesOutputs
from pulumi_agbcontext.dynamic.provider import ContextProvider
from pulumi_agbcontext.messages import inputs as invalid

_OUTPUTS = (*FILES_OUTPUTS, "generation", "createdAt", "ownerId")


class Context(FilesOutputs, pulumi.dynamic.Resource, module="agbcontext", name="Context"):
    """A context: a named, persistent directory in the AGB cloud, seeded with files.

    Args:
        resource_name: logical name of the resource in the program.
        name: name of the context, unique within its account and region. A change renames the context in place.
            Defaults to `<resource_name>-<7 hex digits>`, which is the same on every run.
        region: login region. A change replaces the context. Defaults to the value of `agbcontext:region` when the
            context is created, or `cn-hangzhou` if that is not set. Later changes to the setting have no effect.
        files: files to seed, as a mapping from absolute path in the context to content: a `FileAsset`, `StringAsset`,
            `FileArchive` (a directory) or `AssetArchive`, a `pathlib.Path`, `str` or `bytes`. `files_from` builds this
            mapping from a directory. Only changed files are uploaded, files removed from the mapping are deleted, and
            all other files in the context are left unchanged.
        secret_files: files to seed like `files`, but encrypted in the state, including their digests.
        clear_triggers: arbitrary values. A change replaces the context: its data is deleted and `files` are seeded
            again.
        clear_in_place: whether a change to `clear_triggers` clears the context through the clear API instead of
            replacing it, so that its id is kept. Defaults to False.
        clear_before_delete: whether to erase the data through the clear API before every delete, including
            replacements. Defaults to False.
        clear_timeout: maximum time to wait for a clear, for readiness and for a delete, in seconds. Defaults to 60.
        clear_poll_interval: maximum polling interval, in seconds. Defaults to 2.
        adopt: whether to adopt an existing context with the same name. Files that are not in `files` are kept, and
            destroy deletes the context. Defaults to False.
        drift_check: what refresh compares for each seeded file: `size` (presence and size, the default), `content`
            (downloads and hashes the files) or `none`.
        force_destroy: whether the context may be deleted, replaced or cleared in place while it contains files that
            this resource did not seed. If False, that is an error. Defaults to True.
        owner_record: whether to store an owner record in the context and to check it before every change, so that two
            stacks cannot manage the same context. Defaults to True.
        overwrite_files: whether to overwrite a file that is new to `files` but already exists in the context. If False
            (the default), such a file is an error unless its content is identical.
        exclude: gitignore patterns. Files in directories (`FileArchive` or `pathlib.Path`) that match at least one of
            them are left out.
        include_hidden: whether directories include files and directories whose names start with a dot. By default,
            only hidden files that release 0.1 seeded are kept.
        respect_gitignore: whether to leave out files that `.gitignore` files in directories exclude. Defaults to
            False.
        exclusive: whether only the declared files may exist. A refresh records all other files, and the next update
            deletes those that have not changed since. Defaults to False.
        ignore_files: gitignore patterns of files in the context that `exclusive` neither records nor deletes.
        max_deletes: maximum number of files that one update may delete. An update that would delete more is rejected.
        when_in_use: what to do before a change while a session is using the context: `proceed` (the default), `wait`
            up to `clear_timeout`, or `fail`. A session uploads its copy of the files when it ends.
        opts: resource options.

    Raises:
        pulumi.RunError: a file name is not valid Unicode. The engine reports every other invalid argument, with its
            property, during the preview.

    Source: API operations GetContext, ModifyContext, ClearContext, DeleteContext and the file operations.
    """

    name: pulumi.Output[str]
    """Name of the context, explicit or derived."""
    region: pulumi.Output[str | None]
    """Login region; None if unknown, for example after an adoption."""
    adopt: pulumi.Output[bool]
    """Whether an existing context of that name may be adopted."""
    generation: pulumi.Output[int]
    """Number that increases by one with every clear in place; starts at 1."""

    def __init__(
        self,
        resource_name: str,
        *,
        name: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        files: pulumi.Input[Files] | None = None,
        secret_files: pulumi.Input[Files] | None = None,
        clear_triggers: pulumi.Input[Sequence[Any]] | None = None,
        clear_in_place: pulumi.Input[bool] | None = None,
        clear_before_delete: pulumi.Input[bool] | None = None,
        clear_timeout: pulumi.Input[float] | None = None,
        clear_poll_interval: pulumi.Input[float] | None = None,
        adopt: pulumi.Input[bool] | None = None,
        drift_check: pulumi.Input[str] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
        owner_record: pulumi.Input[bool] | None = None,
        overwrite_files: pulumi.Input[bool] | None = None,
        exclude: pulumi.Input[Sequence[str]] | None = None,
        include_hidden: pulumi.Input[bool] | None = None,
        respect_gitignore: pulumi.Input[bool] | None = None,
        exclusive: pulumi.Input[bool] | None = None,
        ignore_files: pulumi.Input[Sequence[str]] | None = None,
        max_deletes: pulumi.Input[int] | None = None,
        when_in_use: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "name": name,
            "region": region,
            "files": encode_files(files),
            "secret_files": encode_files(secret_files),
            "clear_triggers": encode_triggers(clear_triggers),
            "clear_in_place": clear_in_place,
            "clear_before_delete": clear_before_delete,
            "clear_timeout": clear_timeout,
            "clear_poll_interval": clear_poll_interval,
            "adopt": adopt,
            "drift_check": drift_check,
            "force_destroy": force_destroy,
            "owner_record": owner_record,
            "overwrite_files": overwrite_files,
            "exclude": exclude,
            "include_hidden": include_hidden,
            "respect_gitignore": respect_gitignore,
            "exclusive": exclusive,
            "ignore_files": ignore_files,
            "max_deletes": max_deletes,
            "when_in_use": when_in_use,
        }
        super().__init__(
            ContextProvider(), resource_name, properties_of(inputs, _OUTPUTS, resource_name, opts), delete_first(opts)
        )

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Context:
        """Get an existing context that another stack manages. It is only read, never changed or deleted.

        Args:
            resource_name: logical name of the resource in this program.
            id: id of the context, for example `SdkCtx-04ml3r7wphp8nq2la`.
            opts: resource options.

        Returns:
            The context, with its current name and creation time.
        """
        return Context(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

    @property
    def clear_triggers(self) -> pulumi.Output[Sequence[Any] | None]:
        """Triggers at the last update; None if none are set."""
        return self._output("clear_triggers")

    @property
    def clear_in_place(self) -> pulumi.Output[bool]:
        """Whether a change of `clear_triggers` clears the context in place."""
        return self._output("clear_in_place")

    @property
    def clear_before_delete(self) -> pulumi.Output[bool]:
        """Whether the data is erased through the clear API before every delete."""
        return self._output("clear_before_delete")

    @property
    def force_destroy(self) -> pulumi.Output[bool]:
        """Whether the context may be erased while it contains files that this resource did not seed."""
        return self._output("force_destroy")

    @property
    def owner_record(self) -> pulumi.Output[bool]:
        """Whether the context contains an owner record."""
        return self._output("owner_record")

    @property
    def owner_id(self) -> pulumi.Output[str | None]:
        """Random id of this owner, as stored in the owner record; None without an owner record."""
        return self._output("owner_id")

    @property
    def created_at(self) -> pulumi.Output[str]:
        """Creation time of the context, in the API's format."""
        return self._output("created_at")


def containing(
    resource: str,
    context: Context | None,
    context_id: pulumi.Input[str] | None,
    context_generation: pulumi.Input[int] | None,
) -> dict[str, Any]:
    """Return the inputs that select the context of a file or a directory.

    Args:
        resource: type and logical name of the resource, for the error.
        context: context in this program.
        context_id: id of a context that another stack manages.
        context_generation: generation of that context.

    Raises:
        pulumi.RunError: `context` is set together with one of the others.
    """
    if context is None:
        return {"context_id": context_id, "context_generation": context_generation}
    if context_id is not None or context_generation is not None:
        raise pulumi.RunError(f"{resource}: {invalid.CONTEXT_AND_ID}")
    return {"context_id": context.id, "context_generation": context.generation}
