"""Owner record: a file in the context that names the resource and the stack that own it.

The API has neither labels nor conditional writes, but reads of a known path in its object store are assumed to be
consistent. Ownership is therefore stored in the context itself. It is read before every change and read back after
every write.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from pulumi_agbcontext import messages
from pulumi_agbcontext.client.api.replica_lag import read_again
from pulumi_agbcontext.client.http.deadline import current
from pulumi_agbcontext.errors import AGBError, ClearedMeanwhileError, ContextOwnedElsewhereError, FileTooLargeError
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import causes

IMPORTED = "imported"  # placeholder for the owner id until the first update or delete claims the context

_LARGEST = 1024  # bytes
_LONGEST_NAME = 240  # bytes of JSON per name, so that three names fit
_SHORTENED = 30  # characters kept of a longer name
_ATTEMPTS = 3
_EXPIRED = 403  # HTTP status for an expired presigned URL; nothing was stored in that case
_PAUSE_OF_WRITES = 0.5  # seconds

Phase = Literal["creating", "ready"]


class OwnerRecord(BaseModel):
    """Contents of an owner record. They are untrusted, so they are only compared and displayed."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, hide_input_in_errors=True)

    version: Literal[1] = 1
    owner: str = Field(min_length=1, max_length=64)
    project: str
    stack: str
    resource: str
    phase: Phase
    _content: bytes = PrivateAttr(b"")  # the bytes that were read, restored if a takeover fails

    def names(self, resource: Resource) -> bool:
        """Return whether the record names a resource. Names identify the owner only during phase `creating`."""
        return (self.project, self.stack, self.resource) == _names(resource)

    def same_as(self, other: OwnerRecord) -> bool:
        """Return whether another record names the same owner in the same phase."""
        return (self.owner, self.phase) == (other.owner, other.phase)

    def in_phase(self, phase: Phase) -> OwnerRecord:
        """Return a copy of the record in another phase."""
        return self.model_copy(update={"phase": phase})


def new_record(resource: Resource, phase: Phase, owner: str = "") -> OwnerRecord:
    """Return a record for a resource. Generate an owner id of 128 random bits if `owner` is empty."""
    project, stack, name = _names(resource)
    return OwnerRecord(owner=owner or secrets.token_hex(16), project=project, stack=stack, resource=name, phase=phase)


class OwnerFile:
    """Owner record of one context, for the duration of one operation.

    Args:
        session: the session of the provider process.
        context_id: id of the context.
        name: name of the context, for error messages.
    """

    def __init__(self, session: Session, context_id: str, name: str) -> None:
        self._session = session
        self._file = session.contexts.transfers.document(context_id, OWNER_RECORD)
        self._context_id = context_id
        self._name = name

    def read(self) -> OwnerRecord | None:
        """Read the record.

        Returns:
            The record, or None if the context has none.

        Raises:
            OwnerRecordError: the record is malformed, too large or of a newer version.
            AGBError: the record could not be read. The caller must not change anything in this case.
        """
        try:
            content = self._file.read(_LARGEST)
        except FileTooLargeError as error:
            raise messages.owner_record_unusable(self._name, self._context_id, causes.RECORD_TOO_LARGE) from error
        return None if content is None else self._parsed(content)

    def read_again_where_missing(self) -> OwnerRecord | None:
        """Read a record that appeared to be missing, up to three times in two seconds."""
        return read_again(self.read)

    def claim(self, mine: OwnerRecord, expected: OwnerRecord | None) -> None:
        """Write the record, wait until a concurrent write would be visible, and read it back.

        Args:
            mine: the record to write.
            expected: the record that may be replaced, or None. The claim also succeeds if that record was erased.

        Raises:
            ContextOwnedElsewhereError: the context had another record before the write, or has one after it.
            AGBError: the record could not be written or read.
        """
        self._file.prepare()
        self._refuse_unless(expected)
        self._write(mine, expected)

    def finish(self, mine: OwnerRecord) -> None:
        """Mark a create as finished, and verify that no other process has resumed it.

        Args:
            mine: the record as read immediately before.

        Raises:
            ContextOwnedElsewhereError: the context had another owner's record before the write, or has one after it.
            AGBError: the record could not be written or read.
        """
        self._write(mine.in_phase("ready"), mine)

    def restore(self, found: OwnerRecord | None, mine: OwnerRecord) -> None:
        """Restore the record that a takeover replaced, if the record of the takeover is still in place.

        Args:
            found: the record to restore; None deletes the current one.
            mine: the record of the takeover.
        """
        if owner_of(self.read()) != mine.owner:
            return
        if found is None:
            self._session.contexts.transfers.delete_many(self._context_id, [OWNER_RECORD])
        else:
            self._file.renew()
            self._file.write(found._content)

    def _write(self, mine: OwnerRecord, expected: OwnerRecord | None) -> None:
        """Write the record, wait until a concurrent write would be visible, and read it back.

        If a write receives no response, the record is read again before a retry, because another owner may have claimed
        the context in the meantime.
        """
        content = json.dumps(mine.model_dump(), ensure_ascii=False).encode()
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._file.write(content)
                break
            except AGBError as failure:
                if self._stands(mine):
                    break
                if attempt == _ATTEMPTS or not (failure.retryable or failure.http_status == _EXPIRED):
                    raise
                current().sleep(failure.retry_after or _PAUSE_OF_WRITES)
                self._file.prepare()
                if self._stands(mine):  # a write without a response may still take effect
                    break
                self._refuse_unless(expected)
        current().sleep(self._session.settle)
        self.confirm(mine)

    def _stands(self, mine: OwnerRecord) -> bool:
        found = self.read()
        return found is not None and found.same_as(mine)

    def _refuse_unless(self, expected: OwnerRecord | None) -> None:
        found = self.read()
        if found is not None and (expected is None or not found.same_as(expected)):
            raise self.owned_elsewhere(found)

    def confirm(self, mine: OwnerRecord) -> None:
        """Read the record and verify that it still names this owner.

        Raises:
            ContextOwnedElsewhereError: the record is missing or names another owner.
        """
        found = self.read()
        if owner_of(found) != mine.owner:
            raise self.owned_elsewhere(found)

    def owned_elsewhere(self, record: OwnerRecord | None) -> ContextOwnedElsewhereError:
        """Return the error for a context that belongs to another owner."""
        return messages.owned_elsewhere(self._name, self._context_id, described(record))

    def not_known_to_be_ours(self, record: OwnerRecord) -> ContextOwnedElsewhereError:
        """Return the error for a delete that cannot determine whether the record names this resource."""
        return messages.not_known_to_be_ours(self._name, self._context_id, described(record))

    def cleared_meanwhile(self) -> ClearedMeanwhileError:
        """Return the error for a context that was cleared while it was being seeded."""
        return messages.cleared_meanwhile(self._name, self._context_id)

    def _parsed(self, content: bytes) -> OwnerRecord:
        try:
            fields = json.loads(content)
            if isinstance(fields, dict) and isinstance(fields.get("version"), int) and fields["version"] > 1:
                raise messages.owner_record_unusable(self._name, self._context_id, causes.RECORD_TOO_NEW)
            record = OwnerRecord.model_validate(fields)
        except (ValueError, RecursionError, ValidationError):
            raise messages.owner_record_unusable(self._name, self._context_id, causes.RECORD_MALFORMED) from None
        record._content = content
        return record


def owner_of(record: OwnerRecord | None) -> str | None:
    """Return the owner id in a record, or None if there is no record."""
    return None if record is None else record.owner


def described(record: OwnerRecord | None) -> str:
    """Return the owner in a record, for a message; empty if there is no record."""
    return "" if record is None else messages.owner(record.project, record.stack, record.resource)


def _names(resource: Resource) -> tuple[str, str, str]:
    return _fitting(resource.project), _fitting(resource.stack), _fitting(resource.name)


def _fitting(name: str) -> str:
    """Return the name, truncated and followed by a digest if it does not fit into the record."""
    plain = name.encode("utf-8", "replace")
    if len(json.dumps(plain.decode(), ensure_ascii=False).encode()) <= _LONGEST_NAME:
        return plain.decode()
    return f"{plain.decode()[:_SHORTENED]}…{hashlib.sha256(plain).hexdigest()[:16]}"
