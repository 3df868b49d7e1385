"""`agb.Context`: a context as a resource of a Python program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi.dynamic

from pulumi_agbcontext.dynamic.encoding import Files, encode_files, encode_triggers
from pulumi_agbcontext.dynamic.options import delete_first, internal_inputs, on_wire
from pulumi_agbcontext.dynamic.provider import ContextProvider
from pulumi_agbcontext.sdk_internals import output_of

# Beside what the program says; a property that is not among the inputs would have no Output.
_OUTPUTS = ("autonamed", "fileCount", "size", "generation", "createdAt", "account", "ownerId")


class Context(pulumi.dynamic.Resource, module="agbcontext", name="Context"):
    """A context: a named, persistent folder in the AGB cloud, seeded with files.

    Args:
        resource_name: logical name of the resource in the program.
        name: name of the context, unique in its account and region; changed: renamed in place.
            Absent: `<resource_name>-<7 hex digits>`, the same at every run.
        region: login region; absent: `agbcontext:region` at creation, else `cn-hangzhou`. Another one replaces.
        files: path in the context to content: assets, archives of folders, `pathlib.Path`, `str` or `bytes`.
            See `files_from`. Only changed files are uploaded; files of others are never touched.
        secret_files: the same, stored encrypted as a whole.
        clear_triggers: any values; a change replaces the context, and its data is gone.
        clear_in_place: let a change of the triggers clear the same context instead; the id stays.
        clear_before_delete: erase the data through the clear API before every delete.
        clear_timeout: seconds to wait for a clear, for readiness and for a delete; 60 by default.
        clear_poll_interval: longest pause between two looks while waiting, in seconds; 2.0 by default.
        adopt: take over an existing context of that name, with the files it holds.
        drift_check: what refresh compares of the seeded files: `size` (default), `content` or `none`.
        owner_record: keep a record of the owner in the context, and read it before every change; true by default.
        overwrite_files: overwrite files that are new to `files` and exist already; otherwise an error, unless they
            have the same content.
        opts: options of the resource.

    Raises:
        pulumi.RunError: a file cannot be named. Any other fault of an argument is shown by the engine, with its
            property, in the preview.

    Source: API operations GetContext, ModifyContext, ClearContext, DeleteContext and the file operations.
    """

    name: pulumi.Output[str]
    """Name of the context, given or derived."""
    region: pulumi.Output[str | None]
    """Login region; absent where it is not known (after adoption)."""
    files: pulumi.Output[Mapping[str, str]]
    """Seeded files: path to size, digest and source."""
    adopt: pulumi.Output[bool]
    """Whether an existing context of that name was to be taken over."""
    size: pulumi.Output[int]
    """Bytes seeded."""
    generation: pulumi.Output[int]
    """Grows by one with every clear in place."""
    account: pulumi.Output[str]
    """One-way fingerprint of endpoint and key that made the context."""

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
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "name": name,
            "region": region,
            "files": encode_files(files),
            "secret_files": None if secret_files is None else pulumi.Output.secret(encode_files(secret_files)),
            "clear_triggers": encode_triggers(clear_triggers),
            "clear_in_place": clear_in_place,
            "clear_before_delete": clear_before_delete,
            "clear_timeout": clear_timeout,
            "clear_poll_interval": clear_poll_interval,
            "adopt": adopt,
            "drift_check": drift_check,
            "owner_record": owner_record,
            "overwrite_files": overwrite_files,
        }
        properties: dict[str, Any] = {on_wire(key): value for key, value in inputs.items()}
        properties |= {**dict.fromkeys(_OUTPUTS), **internal_inputs(resource_name, opts)}
        super().__init__(ContextProvider(), resource_name, properties, delete_first(opts))

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Context:
        """Look up a context that another stack owns; it is read, never changed or deleted.

        Args:
            resource_name: logical name of the look-up in this program.
            id: the API's id, for example `SdkCtx-04ml3r7wphp8nq2la`.
            opts: options of the resource.
        """
        return Context(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))

    @property
    def secret_files(self) -> pulumi.Output[Mapping[str, str]]:
        """Seeded secret files: path to size and digest; a secret."""
        return self._output("secret_files")

    @property
    def clear_triggers(self) -> pulumi.Output[Sequence[Any] | None]:
        """The triggers of the last clear."""
        return self._output("clear_triggers")

    @property
    def clear_in_place(self) -> pulumi.Output[bool]:
        """Whether a change of the triggers clears in place."""
        return self._output("clear_in_place")

    @property
    def clear_before_delete(self) -> pulumi.Output[bool]:
        """Whether data is erased through the clear API before every delete."""
        return self._output("clear_before_delete")

    @property
    def clear_timeout(self) -> pulumi.Output[float]:
        """Seconds to wait for a clear, for readiness and for a delete."""
        return self._output("clear_timeout")

    @property
    def clear_poll_interval(self) -> pulumi.Output[float]:
        """Longest pause between two looks while waiting, in seconds."""
        return self._output("clear_poll_interval")

    @property
    def drift_check(self) -> pulumi.Output[str]:
        """What refresh compares of the seeded files."""
        return self._output("drift_check")

    @property
    def owner_record(self) -> pulumi.Output[bool]:
        """Whether the context holds a record of its owner."""
        return self._output("owner_record")

    @property
    def overwrite_files(self) -> pulumi.Output[bool]:
        """Whether files that are new to `files` and exist already are overwritten."""
        return self._output("overwrite_files")

    @property
    def owner_id(self) -> pulumi.Output[str | None]:
        """Random id of this owner, as in the context's owner record."""
        return self._output("owner_id")

    @property
    def file_count(self) -> pulumi.Output[int]:
        """Number of seeded files."""
        return self._output("file_count")

    @property
    def created_at(self) -> pulumi.Output[str]:
        """When the API says the context was made."""
        return self._output("created_at")

    def _output(self, name: str) -> pulumi.Output[Any]:
        return output_of(self, on_wire(name))

    def translate_input_property(self, prop: str) -> str:
        """Spell a property `prop` as on the wire, so that `ignore_changes=["clear_triggers"]` means what it says."""
        return on_wire(prop)
