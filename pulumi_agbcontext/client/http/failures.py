"""The failure of an exchange, whichever library reports it."""

from __future__ import annotations

import socket
import ssl

from pulumi_agbcontext.messages import causes


class NoAnswerError(Exception):
    """No complete HTTP answer came.

    Args:
        why: the cause, without any URL.
        may_pass: whether another attempt may succeed.
    """

    def __init__(self, why: str, *, may_pass: bool) -> None:
        super().__init__(why)
        self.why = why
        self.may_pass = may_pass


def translated(error: Exception) -> NoAnswerError:
    """Word an exception of requests, urllib3 or the standard library, whose own text may show URLs.

    Args:
        error: raised by an exchange.
    """
    root = _root(error)
    if isinstance(root, ssl.SSLCertVerificationError):
        return NoAnswerError(causes.bad_certificate(root.verify_message), may_pass=False)
    if isinstance(root, ssl.SSLError) and root.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return NoAnswerError(causes.NO_TLS, may_pass=False)
    if isinstance(root, socket.gaierror):
        return NoAnswerError(causes.UNKNOWN_HOST, may_pass=True)
    if isinstance(root, TimeoutError):
        return NoAnswerError(causes.OUT_OF_TIME, may_pass=True)
    if isinstance(root, OSError):
        return NoAnswerError(causes.broken_connection(root.strerror or type(root).__name__), may_pass=True)
    return NoAnswerError(causes.broken_connection(type(root).__name__), may_pass=True)


def _root(error: BaseException) -> BaseException:
    """The exception that everything started with: urllib3 keeps it as the cause, or among the arguments."""
    while cause := error.__cause__ or next((part for part in error.args if isinstance(part, BaseException)), None):
        error = cause
    return error
