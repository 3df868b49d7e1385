"""Outputs that the resources share, as Python properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from pulumi_agbcontext.dynamic.options import on_wire
from pulumi_agbcontext.sdk_internals import output_of

# The SDK creates an Output only for properties in the inputs, so these are passed as None.
FILES_OUTPUTS = ("fileCount", "size", "account", "unmanagedFiles")


class Outputs:
    """Access to the outputs of a resource by their Python names."""

    @property
    def clear_timeout(self) -> pulumi.Output[float]:
        """Maximum time to wait for a clear, for readiness, for sessions and for a delete, in seconds."""
        return self._output("clear_timeout")

    @property
    def clear_poll_interval(self) -> pulumi.Output[float]:
        """Maximum polling interval, in seconds."""
        return self._output("clear_poll_interval")

    @property
    def when_in_use(self) -> pulumi.Output[str]:
        """What happens before a change while a session is using the context: `proceed`, `wait` or `fail`."""
        return self._output("when_in_use")

    def translate_input_property(self, prop: str) -> str:
        """Return the wire name of the property `prop`, so that options such as `ignore_changes` accept Python names."""
        return on_wire(prop)

    def _output(self, name: str) -> pulumi.Output[Any]:
        return output_of(self, on_wire(name))


class FilesOutputs(Outputs):
    """Outputs of a resource with several files."""

    exclude: pulumi.Output[Sequence[str]]
    """Patterns of files in directories that are not seeded."""
    exclusive: pulumi.Output[bool]
    """Whether a refresh records all other files, so that the next update deletes them."""
    files: pulumi.Output[Mapping[str, str]]
    """Seeded files, as a mapping from path to `<size>:<sha256>:<source>`."""
    size: pulumi.Output[int]
    """Total size of the seeded files, in bytes."""
    account: pulumi.Output[str]
    """One-way fingerprint of the endpoint and API key that manage the resource."""

    @property
    def secret_files(self) -> pulumi.Output[Mapping[str, str]]:
        """Seeded secret files, as a secret mapping from path to `<size>:<sha256>:<source>`."""
        return self._output("secret_files")

    @property
    def include_hidden(self) -> pulumi.Output[bool | None]:
        """Whether directories include hidden files; None if not set."""
        return self._output("include_hidden")

    @property
    def respect_gitignore(self) -> pulumi.Output[bool]:
        """Whether files that `.gitignore` files in directories exclude are left out."""
        return self._output("respect_gitignore")

    @property
    def drift_check(self) -> pulumi.Output[str]:
        """What refresh compares for each seeded file: `size`, `content` or `none`."""
        return self._output("drift_check")

    @property
    def overwrite_files(self) -> pulumi.Output[bool]:
        """Whether existing files that are new to `files` are overwritten."""
        return self._output("overwrite_files")

    @property
    def ignore_files(self) -> pulumi.Output[Sequence[str]]:
        """Patterns of files that `exclusive` neither records nor deletes."""
        return self._output("ignore_files")

    @property
    def max_deletes(self) -> pulumi.Output[int | None]:
        """Maximum number of files that one update may delete; None if not set."""
        return self._output("max_deletes")

    @property
    def unmanaged_files(self) -> pulumi.Output[Mapping[str, str] | None]:
        """Files that the last refresh found and this resource did not seed, with size and version; None if none."""
        return self._output("unmanaged_files")

    @property
    def file_count(self) -> pulumi.Output[int]:
        """Number of seeded files."""
        return self._output("file_count")
