"""Requests to the object store through presigned URLs, without the API key; URLs never appear in messages or logs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.api.error_codes import FailureKind, classify
from pulumi_agbcontext.client.api.transport import USER_AGENT, log_request
from pulumi_agbcontext.client.http import Blocks, Collector, HttpClient, NoAnswerError, Receive, Request, Response
from pulumi_agbcontext.client.http.addresses import objection
from pulumi_agbcontext.client.http.deadline import current, within
from pulumi_agbcontext.client.http.retry_policy import RetryPolicy, retry_after
from pulumi_agbcontext.client.transfer.upload import Upload
from pulumi_agbcontext.messages import causes
from pulumi_agbcontext.redaction import redact

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Maximum bytes to read from a response body that is not needed, so that the connection can be reused.
_LARGEST_IGNORED_BODY = 64 * 1024
# Maximum number of concurrent large uploads, each of which holds several blocks in memory.
_LARGE_AT_ONCE = 16
# Minimum average throughput in bytes per second; a slower transfer is aborted.
_SLOWEST = 64 * 1024

_STORED = frozenset({200, 201, 204})
_SERVED = frozenset({200, 206})
_ABSENT = frozenset({404})
# The store returns this status for an empty file, which has no first byte.
_NO_SUCH_RANGE = frozenset({416})


class Reader(Protocol[T_co]):
    """Consumer of the content of a file."""

    def receive(self, piece: bytes) -> bool:
        """Process a chunk of the content; return False to stop reading."""
        ...

    def result(self) -> T_co:
        """Return the result for the content."""
        ...


@dataclass(frozen=True)
class StoredObject:
    """A file in the object store.

    Attributes:
        size: size in bytes.
        version: key that differs after every write, if the store sends an `ETag` or `Last-Modified` header.
    """

    size: int
    version: str

    @property
    def key(self) -> str:
        """Return size and version as one string."""
        return f"{self.size}:{self.version}"


class ObjectStore:
    """Client for single objects behind presigned URLs; safe to share between threads.

    Args:
        http: sends the requests; the same client as for the API.
        policy: the retry policy.
        timeout: maximum duration of a transfer in seconds, plus one second per 64 KiB.
        allow_insecure: whether plain `http` to other machines is allowed.
    """

    def __init__(self, http: HttpClient, policy: RetryPolicy, timeout: float, allow_insecure: bool) -> None:
        self._http = http
        self._policy = policy
        self._timeout = timeout
        self._allow_insecure = allow_insecure
        self._large = BoundedSemaphore(_LARGE_AT_ONCE)

    def put(self, url: str, upload: Upload, action: str, *, idempotent: bool = True) -> None:
        """Store a file. A retry sends the same bytes to the same path.

        Args:
            url: presigned upload URL.
            upload: the file to store.
            action: description of the upload for an error.
            idempotent: whether to retry if the outcome is unknown; False if other programs may write to the same path.

        Raises:
            TransferError: the file was not stored, or the outcome is unknown; with the HTTP status if there was one.
            ThrottledError: the store throttled the upload until the retries or the time were exhausted.
            SourceChangedError: the source has changed since `check`; nothing was stored.
        """

        def send(body: bytes | Blocks, number: int) -> None:
            request = Request("PUT", url, _HEADERS, body, once=not idempotent)
            self._exchange("Upload", request, action, Collector(_LARGEST_IGNORED_BODY).receive, _STORED, number)

        def attempt(number: int) -> None:
            with upload.body() as body:
                if isinstance(body, bytes):
                    send(body, number)
                else:
                    with self._large:
                        send(Blocks(upload.size, body), number)

        with within(self._timeout + upload.size / _SLOWEST):
            self._policy.run(attempt, idempotent=idempotent)

    def get(self, url: str, action: str, reader: Callable[[], Reader[T]]) -> T | None:
        """Read a file.

        Args:
            url: presigned download URL.
            action: description of the download for an error.
            reader: creates a reader for the content; called once per attempt.

        Returns:
            The result of the reader, or None if the file does not exist.

        Raises:
            TransferError: the file could not be read; with the HTTP status if there was one.
            ThrottledError: the store throttled the download until the retries or the time were exhausted.
        """
        found = self.get_stored(url, action, reader)
        return None if found is None else found[0]

    def get_stored(self, url: str, action: str, reader: Callable[[], Reader[T]]) -> tuple[T, StoredObject] | None:
        """Read a file, and return its size and version from the same response. See `get` for arguments and errors."""
        request, accepted = Request("GET", url, _HEADERS), _SERVED | _ABSENT

        def attempt(number: int) -> tuple[T, StoredObject] | None:
            reading = reader()
            body = _Body(earning_time(reading.receive))
            response = self._exchange("Download", request, action, body.receive, accepted, number)
            if response.status in _ABSENT:
                return None
            stored = StoredObject(_size_of(response), _version_of(response))
            if body.is_shorter_than(stored.size):
                raise messages.transfer_failed(action, causes.INCOMPLETE, retryable=True)
            return reading.result(), stored

        with within(self._timeout):
            return self._policy.run(attempt)

    def stat(self, url: str, action: str) -> StoredObject | None:
        """Return the size and version of a file, obtained with a range request for its first byte.

        Args:
            url: presigned download URL.
            action: description of the request for an error.

        Returns:
            The file, or None if it does not exist.

        Raises:
            TransferError: the size could not be determined; with the HTTP status if there was one.
            ThrottledError: the store throttled the request until the retries or the time were exhausted.
        """
        request = Request("GET", url, {**_HEADERS, "Range": "bytes=0-0"})
        accepted = _SERVED | _ABSENT | _NO_SUCH_RANGE

        def attempt(number: int) -> StoredObject | None:
            receive = Collector(_LARGEST_IGNORED_BODY).receive
            response = self._exchange("Download", request, action, receive, accepted, number)
            return None if response.status in _ABSENT else StoredObject(_size_of(response), _version_of(response))

        with within(self._timeout):
            return self._policy.run(attempt)

    def _exchange(
        self, name: str, request: Request, action: str, receive: Receive, accepted: frozenset[int], number: int = 1
    ) -> Response:
        if cause := objection(request.url, allow_insecure=self._allow_insecure):
            raise messages.transfer_failed(action, cause)
        started = time.monotonic()
        failure: errors.AGBError
        try:
            response = self._http.exchange(request, receive)
        except NoAnswerError as error:
            log_request(name, error.cause, started, number)
            failure = messages.transfer_failed(action, error.cause, retryable=error.retryable)
        except errors.SourceChangedError as error:  # the request ended before the last block
            log_request(name, error.summary, started, number)
            raise
        else:
            log_request(name, response.status, started, number, lambda: _request_id(response, request.url))
            if response.status in accepted:
                return response
            failure = _refusal(action, response)
        raise failure


_HEADERS = {"User-Agent": USER_AGENT}
# Headers in which common stores return the request ID.
_REQUEST_IDS = ("x-request-id", "x-oss-request-id", "x-amz-request-id")
# Minimum length in characters of a signature, an access key ID or a token; other values of a presigned URL are shorter.
_SHORTEST_SECRET = 16
_VERSION_DIGITS = 16
_NO_VERSION = hashlib.sha256(b"\n").hexdigest()[:_VERSION_DIGITS]  # neither `ETag` nor `Last-Modified`
# Maximum number of digits of a size; Python refuses to parse thousands of them.
_MOST_DIGITS = 20


def earning_time(receive: Receive) -> Receive:
    """Return a receiver that extends the current deadline for each chunk received."""
    scope = current()

    def take(piece: bytes) -> bool:
        scope.extend(len(piece) / _SLOWEST)
        return receive(piece)

    return take


class _Body:
    """Counter of the received bytes, because a store or a proxy may return only part of the file (status 206)."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0
        self._stopped = False

    def receive(self, piece: bytes) -> bool:
        self._size += len(piece)
        self._stopped = not self._receive(piece)
        return not self._stopped

    def is_shorter_than(self, size: int) -> bool:
        return self._size < size and not self._stopped


def _size_of(response: Response) -> int:
    if response.status in _NO_SUCH_RANGE:
        return 0
    headers = response.headers
    whole = headers.get("content-range", "").rpartition("/")[2] or headers.get("content-length", "")
    return int(whole) if whole.isdecimal() and len(whole) <= _MOST_DIGITS else 0


def identifies_content(key: str) -> bool:
    """Return whether the key of a stored object differs after every write, because the store sends a version."""
    return not key.endswith(f":{_NO_VERSION}")


def _version_of(response: Response) -> str:
    """Return a short key for the version of a file. It is a hash, because the store's headers may contain anything."""
    marks = [response.headers.get(name, "") for name in ("etag", "last-modified")]
    return hashlib.sha256("\n".join(marks).encode("utf-8", "replace")).hexdigest()[:_VERSION_DIGITS]


def _refusal(action: str, response: Response) -> errors.AGBError:
    kind = classify(response.status)
    wait = retry_after(response.headers.get("retry-after"))
    if kind is FailureKind.THROTTLED:
        return messages.throttled(action, "", http_status=response.status, retry_after=wait)
    return messages.transfer_failed(
        action,
        causes.URL_REFUSED if response.status == 403 else causes.STORE_REFUSED,
        http_status=response.status,
        retryable=kind is FailureKind.TRANSIENT,
        retry_after=wait,
    )


def _request_id(response: Response, url: str) -> str:
    """Return the request ID of the store without the signature of the URL, which the store may echo back."""
    given = next((response.headers[name] for name in _REQUEST_IDS if name in response.headers), "")
    values = (unquote(part.partition("=")[2]) for part in urlsplit(url).query.split("&"))
    return redact(given, secrets=[value for value in values if len(value) >= _SHORTEST_SECRET])
