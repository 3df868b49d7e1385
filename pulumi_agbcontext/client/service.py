"""Service for the contexts of an account and their files."""

from __future__ import annotations

from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.api.calls import ContextCalls
from pulumi_agbcontext.client.api.models import AVAILABLE, ClearContextResult
from pulumi_agbcontext.client.api.transport import Transport
from pulumi_agbcontext.client.api.waiting import wait_cleared
from pulumi_agbcontext.client.http import open_client
from pulumi_agbcontext.client.http.concurrency_limiter import ConcurrencyLimiter
from pulumi_agbcontext.client.http.retry_policy import RetryPolicy
from pulumi_agbcontext.client.transfer.remote_files import RemoteFiles
from pulumi_agbcontext.client.transfer.transfers import Transfers


class ContextService(ContextCalls):
    """Service for the contexts of an account; safe to share between threads.

    Every method raises RequestRejectedError if the API rejects the call, ThrottledError if the API throttles it,
    UnreachableError if no usable response is received, and ValueError for arguments that the API reference excludes.

    Args:
        account: the account to use.

    Attributes:
        account: the account in use.
        policy: the retry policy, with the retry budget of this service.
        transfers: uploads, downloads and deletions of files, through presigned URLs.
        remote: downloads of URLs in a program.
        erasures: the calls that erase data, with a check before each retry.
    """

    def __init__(self, account: Account) -> None:
        http = open_client(account.parallel_uploads, allow_insecure=account.allow_insecure)
        self.policy = RetryPolicy(ConcurrencyLimiter(account.parallel_uploads))
        transport = Transport(account, http, self.policy)
        super().__init__(account, transport)
        # A separate ContextCalls avoids a reference cycle, which would keep connections and threads alive.
        self.transfers = Transfers(ContextCalls(account, transport), http, self.policy)
        self.remote = RemoteFiles(http, account.timeout)

    def clear(self, context_id: str, timeout: float = 60, poll_interval: float = 2.0) -> ClearContextResult:
        """Delete all files in a context and wait until the clear has completed.

        Args:
            context_id: ID of the context.
            timeout: maximum time to wait, in seconds.
            poll_interval: maximum polling interval, in seconds; polling starts at 0.1 s.

        Returns:
            Status `available`. Source: DescribeContextFiles, ClearContext, then GetContext.

        Raises:
            ClearanceTimeoutError: the context did not return to the state `available` within the timeout.
        """
        before = self.list_all_files(context_id)
        started = self.clear_async(context_id)
        wait_cleared(self, context_id, timeout, poll_interval, before=before, strictly=True)
        return ClearContextResult(started.request_id, success=True, status=AVAILABLE, context_id=context_id)
