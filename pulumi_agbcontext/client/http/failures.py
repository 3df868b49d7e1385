"""Failures of HTTP exchanges, independent of the HTTP library."""

from __future__ import annotations

import socket
import ssl

from pulumi_agbcontext.messages import causes


class NoAnswerError(Exception):
    """No complete HTTP response was received.

    Args:
        cause: the cause, without any URL.
        retryable: whether another attempt may succeed.
    """

    def __init__(self, cause: str, *, retryable: bool) -> None:
        super().__init__(cause)
        self.cause = cause
        self.retryable = retryable


def translated(error: Exception) -> NoAnswerError:
    """Convert an exception of requests, urllib3 or the standard library, whose text may contain URLs.

    Args:
        error: exception raised by an exchange.
    """
    root = _root(error)
    if isinstance(root, ssl.SSLCertVerificationError):
        return NoAnswerError(causes.bad_certificate(root.verify_message), retryable=False)
    if isinstance(root, ssl.SSLError) and root.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return NoAnswerError(causes.NO_TLS, retryable=False)
    if isinstance(root, socket.gaierror):
        return NoAnswerError(causes.UNKNOWN_HOST, retryable=True)
    if isinstance(root, TimeoutError):
        return NoAnswerError(causes.OUT_OF_TIME, retryable=True)
    if isinstance(root, OSError):
        return NoAnswerError(causes.broken_connection(root.strerror or type(root).__name__), retryable=True)
    return NoAnswerError(causes.broken_connection(type(root).__name__), retryable=True)


def _root(error: BaseException) -> BaseException:
    """Return the root cause of an exception, which urllib3 stores as `__cause__` or among the arguments."""
    while cause := error.__cause__ or next((part for part in error.args if isinstance(part, BaseException)), None):
        error = cause
    return error
