"""From an operation and its arguments to an envelope: authenticated, under a deadline, repeated where that is safe."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.account import Account
from pulumi_agbcontext.client.api.operations import Operation
from pulumi_agbcontext.client.api.responses import Answer, not_understood, understand
from pulumi_agbcontext.client.api.wire import Envelope
from pulumi_agbcontext.client.http import Collector, HttpClient, NoAnswerError, Request
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.client.http.retry_policy import RetryPolicy
from pulumi_agbcontext.messages import causes, log
from pulumi_agbcontext.redaction import redact

logger = logging.getLogger("pulumi_agbcontext")

USER_AGENT = "pulumi-agbcontext"
# A page of a thousand files is a quarter of a megabyte; beyond this, something else is answering.
_LARGEST_ANSWER = 32 * 1024 * 1024

T = TypeVar("T")


class Transport:
    """Calls of one account; safe to share between threads.

    Args:
        account: whose calls.
        http: sends the requests; presigned URLs go through the same client, without the key.
        policy: of retries.
    """

    def __init__(self, account: Account, http: HttpClient, policy: RetryPolicy) -> None:
        self._account = account
        self._http = http
        self._policy = policy
        self._headers = {
            "authorization": f"Bearer {account.api_key}",
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
        }

    def call(
        self, operation: Operation[T], arguments: Mapping[str, str], settle: Callable[[], T | None] | None = None
    ) -> T:
        """Make a call, and make it again where it failed for a reason that may pass.

        Args:
            operation: row of the table of operations.
            arguments: of the query string.
            settle: for an operation that must not be repeated blindly: looks whether an attempt of unknown outcome took
                effect, and returns the result in its place, or None where it did not. It must be a single `once`.

        Returns:
            The result of a success.

        Raises:
            AGBError: as `understand` says, or no answer came.
        """

        def attempt(number: int) -> T:
            try:
                if number > 1 and settle is not None and (settled := settle()) is not None:
                    return settled
                return self.once(operation, arguments)
            except errors.NotFoundError:
                if number > 1 and operation.absent_is_done:
                    return operation.read(Envelope(success=True))
                raise

        with within(self._account.timeout):
            return self._policy.run(attempt, idempotent=operation.repeatable or settle is not None)

    def once(self, operation: Operation[T], arguments: Mapping[str, str]) -> T:
        """Make a single attempt of a call.

        Args:
            operation: row of the table of operations.
            arguments: of the query string.

        Returns:
            The result of a success.

        Raises:
            AGBError: as `understand` says, or no answer came.
        """
        action = operation.action.format_map(arguments)
        started = time.monotonic()
        failure: errors.AGBError
        try:
            answer = self._exchange(operation, arguments)
        except NoAnswerError as error:
            log_exchange(operation.name, error.cause, started)
            failure = messages.unreachable(
                action, error.cause, endpoint=self._account.endpoint, retryable=error.retryable
            )
        else:
            log_exchange(operation.name, answer.status, started, lambda: answer.request_id)
            envelope = understand(answer, action, self._account.endpoint)
            try:
                return operation.read(envelope)
            except ValueError:
                failure = not_understood(answer, action, self._account.endpoint)
        raise failure

    def _exchange(self, operation: Operation[T], arguments: Mapping[str, str]) -> Answer:
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in arguments.items())
        collector = Collector(_LARGEST_ANSWER)
        request = Request(
            operation.method,
            f"{self._account.endpoint}{operation.path}?{query}",
            self._headers,
            body=b"{}" if operation.method == "POST" else None,
            once=operation.once,
        )
        response = self._http.exchange(request, collector.receive)
        if collector.truncated:
            raise NoAnswerError(causes.TOO_LARGE, retryable=False)
        return Answer(response, collector.content, (self._account.api_key,))


def log_exchange(operation: str, outcome: int | str, started: float, request_id: Callable[[], str] = str) -> None:
    """Log one request in one line.

    Args:
        operation: the API's name for it, `Upload` or `Download`.
        outcome: HTTP status, or why there is none.
        started: `time.monotonic()` when it began.
        request_id: returns that of the answer; called only where the line is logged.
    """
    if logger.isEnabledFor(logging.DEBUG):
        milliseconds = (time.monotonic() - started) * 1000
        shown = redact(request_id()) or "none"
        logger.debug(log.EXCHANGE, operation, outcome, milliseconds, shown)
