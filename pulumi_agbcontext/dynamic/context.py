"""The resource `agb.Context`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi.dynamic

from pulumi_agbcontext.dynamic.encoding import Files, encode_files, encode_triggers
from pulumi_agbcontext.dynamic.options import delete_first, internal_inputs, on_wire
from pulumi_agbcontext.dynamic.provider import ContextProvider
from pulumi_agbcontext.sdk_internals import output_of

SECRETS = ("secret_files",)  # as marked in the model; a test compares them, because importing the model takes too long
# The SDK creates an Output only for properties in the inputs, so these are passed as None.
_OUTPUTS = ("fileCount", "size", "generation", "createdAt", "account", "ownerId")


class Context(pulumi.dynamic.Resource, module="agbcontext", name="Context"):
    """A context: a named, persistent directory in the AGB cloud, seeded with files.

    Args:
        resource_name: logical name of the resource in the program.
        name: name of the context, unique within its account and region. A change renames the context in place.
            Defaults to `<resource_name>-<7 hex digits>`, which is the same at every run.
        region: login region. A change replaces the context. Defaults to `agbcontext:region` when the context is
            created, or to `cn-hangzhou`.
        files: files to seed, from absolute path in the context to content: a `FileAsset`, `StringAsset`, `FileArchive`
            (a directory) or `AssetArchive`, a `pathlib.Path`, `str` or `bytes`. `files_from` builds this mapping from a
            directory. Only changed files are uploaded, files removed from the mapping are deleted, and all other files
            in the context are left unchanged.
        secret_files: files to seed like `files`, but encrypted in the state, including their digests.
        clear_triggers: arbitrary values. A change replaces the context: its data is deleted and `files` are seeded
            again.
        clear_in_place: whether a change of `clear_triggers` clears the context through the clear API instead of
            replacing it, so that its id is kept. Defaults to False.
        clear_before_delete: whether to erase the data through the clear API before every delete, including
            replacements. Defaults to False.
        clear_timeout: maximum time to wait for a clear, for readiness and for a delete, in seconds. Defaults to 60.
        clear_poll_interval: maximum polling interval, in seconds. Defaults to 2.
        adopt: whether to manage an existing context of that name. Files that are not in `files` are kept, and destroy
            deletes the context. Defaults to False.
        drift_check: what refresh compares for each seeded file: `size` (presence and size, the default), `content`
            (downloads and hashes the files) or `none`.
        owner_record: whether to store an owner record in the context and to check it before every change, so that two
            stacks cannot manage the same context. Defaults to True.
        overwrite_files: whether to overwrite a file that is new to `files` but already exists in the context. If False
            (the default), such a file is an error unless its content is identical.
        exclude: gitignore patterns. Files in directories (`FileArchive` or `pathlib.Path`) that match at least one of
            them are left out.
        include_hidden: whether directories include files and directories whose names start with a dot. By default,
            only hidden files that release 0.1 seeded are kept.
        respect_gitignore: whether to leave out what `.gitignore` files in directories exclude. Defaults to False.
        opts: resource options.

    Raises:
        pulumi.RunError: a file name is not valid Unicode. The engine reports every other invalid argument, with its
            property, during the preview.

    Source: API operations GetContext, ModifyContext, ClearContext, DeleteContext and the file operations.
    """

    name: pulumi.Output[str]
    """Name of the context, explicit or derived."""
    exclude: pulumi.Output[Sequence[str]]
    """Patterns of files that directories leave out."""
    region: pulumi.Output[str | None]
    """Login region; None if unknown, for example after an adoption."""
    files: pulumi.Output[Mapping[str, str]]
    """Seeded files: path in the context to `<size>:<sha256>:<source>`."""
    adopt: pulumi.Output[bool]
    """Whether an existing context of that name may be adopted."""
    size: pulumi.Output[int]
    """Total size of the seeded files, in bytes."""
    generation: pulumi.Output[int]
    """Number that increases by one with every clear in place; starts at 1."""
    account: pulumi.Output[str]
    """One-way fingerprint of the endpoint and API key that manage the context."""

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
        owner_record: pulumi.Input[bool] | None = None,
        overwrite_files: pulumi.Input[bool] | None = None,
        exclude: pulumi.Input[Sequence[str]] | None = None,
        include_hidden: pulumi.Input[bool] | None = None,
        respect_gitignore: pulumi.Input[bool] | None = None,
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
            "owner_record": owner_record,
            "overwrite_files": overwrite_files,
            "exclude": exclude,
            "include_hidden": include_hidden,
            "respect_gitignore": respect_gitignore,
        }
        inputs |= {name: pulumi.Output.secret(inputs[name]) for name in SECRETS if inputs[name] is not None}
        properties: dict[str, Any] = {on_wire(key): value for key, value in inputs.items()}
        properties |= {**dict.fromkeys(_OUTPUTS), **internal_inputs(resource_name, opts)}
        super().__init__(ContextProvider(), resource_name, properties, delete_first(opts))

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
    def secret_files(self) -> pulumi.Output[Mapping[str, str]]:
        """Seeded secret files: path in the context to `<size>:<sha256>:<source>`; a secret."""
        return self._output("secret_files")

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
    def clear_timeout(self) -> pulumi.Output[float]:
        """Maximum time to wait for a clear, for readiness and for a delete, in seconds."""
        return self._output("clear_timeout")

    @property
    def clear_poll_interval(self) -> pulumi.Output[float]:
        """Maximum polling interval, in seconds."""
        return self._output("clear_poll_interval")

    @property
    def drift_check(self) -> pulumi.Output[str]:
        """What refresh compares for each seeded file: `size`, `content` or `none`."""
        return self._output("drift_check")

    @property
    def owner_record(self) -> pulumi.Output[bool]:
        """Whether the context contains an owner record."""
        return self._output("owner_record")

    @property
    def overwrite_files(self) -> pulumi.Output[bool]:
        """Whether existing files that are new to `files` are overwritten."""
        return self._output("overwrite_files")

    @property
    def include_hidden(self) -> pulumi.Output[bool | None]:
        """Whether directories include hidden files; None if not set."""
        return self._output("include_hidden")

    @property
    def respect_gitignore(self) -> pulumi.Output[bool]:
        """Whether `.gitignore` files in directories apply."""
        return self._output("respect_gitignore")

    @property
    def owner_id(self) -> pulumi.Output[str | None]:
        """Random id of this owner, as stored in the owner record; None without an owner record."""
        return self._output("owner_id")

    @property
    def file_count(self) -> pulumi.Output[int]:
        """Number of seeded files."""
        return self._output("file_count")

    @property
    def created_at(self) -> pulumi.Output[str]:
        """Creation time of the context, in the API's format."""
        return self._output("created_at")

    def _output(self, name: str) -> pulumi.Output[Any]:
        return output_of(self, on_wire(name))

    def translate_input_property(self, prop: str) -> str:
        """Return the wire name of the property `prop`, so that options such as `ignore_changes` accept Python names."""
        return on_wire(prop)
