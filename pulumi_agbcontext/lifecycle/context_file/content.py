"""Upload of a file's content, and the outputs recorded for it."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.client.transfer.upload import Upload
from pulumi_agbcontext.lifecycle.context_file.model import ContextFileState, source_of
from pulumi_agbcontext.lifecycle.files.apply import opened
from pulumi_agbcontext.lifecycle.files.sources import open_source
from pulumi_agbcontext.lifecycle.properties import Properties, wire_names
from pulumi_agbcontext.lifecycle.provider.session import Session

_RECORDED = wire_names(ContextFileState) - {"account"}


def upload(session: Session, inputs: Properties) -> None:
    """Upload the content of checked inputs.

    Raises:
        SourceChangedError: the source has changed since check.
        AGBError: the content could not be uploaded.
    """
    source = source_of(inputs)
    path = str(inputs["path"])
    file = Upload(path, int(inputs["size"]), str(inputs["sha256"]), lambda: opened(path, lambda: open_source(source)))
    session.contexts.transfers.upload_many(str(inputs["contextId"]), [file])


def outputs_of(session: Session, inputs: Properties, account: str | None = None) -> dict[str, Any]:
    """Return the outputs to record for a file.

    Args:
        session: the session of the provider process.
        inputs: checked inputs.
        account: fingerprint of the account that uploaded the file; None for the account of the session.
    """
    kept = {key: inputs[key] for key in _RECORDED if key in inputs}
    made_by = session.contexts.account.fingerprint if account is None else account
    return ContextFileState.model_validate({**kept, "account": made_by}).on_wire()
