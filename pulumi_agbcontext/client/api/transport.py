"""Transport for API calls, which are authenticated, limited by a deadline and retried when that is safe."""

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

logger = logging.getLogger(log.REQUESTS)

USER_AGENT = "pulumi-agbcontext"
# A page of a thousand files is about 250 kB; a response above this limit does not come from the API.
_LARGEST_ANSWER = 32 * 1024 * 1024

T = TypeVar("T")


class Transport:
    """Transport for the API calls of an account; safe to share between threads.

    Args:
        account: the account to use.
        http: sends the requests; requests to presigned URLs use the same client, without the key.
        policy: the retry policy.
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
        """Call the API, and retry after a transient failure.

        Args:
            operation: the operation to call.
            arguments: parameters of the query string.
            settle: checks before a retry whether an attempt of unknown outcome took effect, for an operation that is
                unsafe to retry. If so, it returns the result, otherwise None. It must call the API only through `once`.

        Returns:
            The result of the call.

        Raises:
            AGBError: an error from `understand`, or no response was received.
        """

        def attempt(number: int) -> T:
            try:
                if number > 1 and settle is not None and (settled := settle()) is not None:
                    return settled
                return self.once(operation, arguments, number)
            except errors.NotFoundError:
                if number > 1 and operation.not_found_is_success:
                    return operation.read(Envelope(success=True))
                raise

        with within(self._account.timeout):
            return self._policy.run(attempt, idempotent=operation.idempotent or settle is not None)

    def once(self, operation: Operation[T], arguments: Mapping[str, str], number: int = 1) -> T:
        """Call the API in a single attempt.

        Args:
            operation: the operation to call.
            arguments: parameters of the query string.
            number: number of the attempt, for the log.

        Returns:
            The result of the call.

        Raises:
            AGBError: an error from `understand`, or no response was received.
        """
        action = operation.action.format_map(arguments)
        started = time.monotonic()
        failure: errors.AGBError
        try:
            answer = self._exchange(operation, arguments)
        except NoAnswerError as error:
            log_request(operation.name, error.cause, started, number)
            failure = messages.unreachable(
                action, error.cause, endpoint=self._account.endpoint, retryable=error.retryable
            )
        else:
            log_request(operation.name, answer.status, started, number, lambda: answer.request_id)
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


def log_request(
    operation: str, outcome: int | str, started: float, number: int, request_id: Callable[[], str] = str
) -> None:
    """Log a request in one line.

    Args:
        operation: name of the API operation, or `Upload` or `Download`.
        outcome: HTTP status, or the cause if there was no response.
        started: value of `time.monotonic()` at the start of the request.
        number: number of the attempt, starting at 1.
        request_id: returns the request ID of the response; called only if the line is logged.
    """
    if logger.isEnabledFor(logging.DEBUG):
        milliseconds = (time.monotonic() - started) * 1000
        shown = outcome if isinstance(outcome, int) else log.FAILED.format(redact(outcome))
        logger.debug(log.REQUEST, operation, shown, milliseconds, number, redact(request_id()) or "none")
