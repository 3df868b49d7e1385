"""Client for the Context API, independent of Pulumi."""

from __future__ import annotations

import os
import sys
from functools import lru_cache

from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.api.models import (
    ClearContextResult,
    Context,
    ContextFileEntry,
    ContextFileListResult,
    ContextListParams,
    ContextListResult,
    ContextResult,
    FileUrlResult,
    OperationResult,
)
from pulumi_agbcontext.client.api.replica_lag import observe_files
from pulumi_agbcontext.client.api.waiting import (
    wait_cleared,
    wait_deleted,
    wait_listed,
    wait_name_free,
    wait_ready,
)
from pulumi_agbcontext.client.service import ContextService
from pulumi_agbcontext.client.transfer.download import Download, Downloaded
from pulumi_agbcontext.client.transfer.transfers import Transfers
from pulumi_agbcontext.client.transfer.upload import Upload

__all__ = [
    "Account",
    "ClearContextResult",
    "Context",
    "ContextFileEntry",
    "ContextFileListResult",
    "ContextListParams",
    "ContextListResult",
    "ContextResult",
    "ContextService",
    "Download",
    "Downloaded",
    "FileUrlResult",
    "OperationResult",
    "Transfers",
    "Upload",
    "connect",
    "observe_files",
    "wait_cleared",
    "wait_deleted",
    "wait_listed",
    "wait_name_free",
    "wait_ready",
]


@lru_cache(maxsize=16)
def connect(account: Account) -> ContextService:
    """Return the service of an account; equal accounts share one per process, with its connections and threads.

    A forked process creates its own service, because the inherited connections belong to the parent.

    Args:
        account: endpoint, key and limits.

    Returns:
        The service. No request is sent.
    """
    return ContextService(account)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=connect.cache_clear)
