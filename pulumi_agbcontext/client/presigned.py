"""The object store behind presigned URLs: it never gets the key, and its URLs never get into a text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client import retry
from pulumi_agbcontext.client.addresses import objection
from pulumi_agbcontext.client.connections import Body, Connections, NoAnswerError, Response
from pulumi_agbcontext.client.deadline import current, within
from pulumi_agbcontext.client.transport import USER_AGENT, log_exchange
from pulumi_agbcontext.client.upload import Upload
from pulumi_agbcontext.messages import reasons

T = TypeVar("T")

_CHUNK = 64 * 1024
# Bytes a second: slower than this on the whole, a transfer is given up.
_SLOWEST = 64 * 1024

_STORED = frozenset({200, 201, 204})
_SERVED = frozenset({200, 206})
_ABSENT = frozenset({404})
# An empty file has no first byte, and a store says so.
_NO_SUCH_RANGE = frozenset({416})


class ObjectStore:
    """Reads and writes single objects through presigned URLs; safe to share between threads.

    Args:
        connections: pooled, the same as the API's.
        timeout: seconds for one transfer in all, and on top one second for each 64 KiB.
        allow_insecure: whether plain http to other machines is allowed.
    """

    def __init__(self, connections: Connections, timeout: float, allow_insecure: bool) -> None:
        self._connections = connections
        self._timeout = timeout
        self._allow_insecure = allow_insecure

    def put(self, url: str, upload: Upload, doing: str, *, repeatable: bool = True) -> None:
        """Store a file. A repeat sends the same bytes to the same place.

        Args:
            url: presigned for the upload.
            upload: what to store.
            doing: what this is about, for an error.
            repeatable: whether to send it again where its outcome is unknown; not where others write to the place, too.

        Raises:
            TransferError: it was not stored, or nobody knows; with the HTTP status where there was one.
            SourceChangedError: the source is not what `check` saw; nothing was stored.
        """

        def attempt(_number: int) -> None:
            headers = {"Content-Length": str(upload.size)}
            with upload.body() as body:
                self._exchange(_Request("Upload", "PUT", url, headers, doing), _STORED, _drain, body)

        with within(self._timeout + upload.size / _SLOWEST):
            retry.run(attempt, repeatable=repeatable)

    def get(self, url: str, doing: str, consume: Callable[[Iterator[bytes]], T]) -> T | None:
        """Read a file.

        Args:
            url: presigned for the download.
            doing: what this is about, for an error.
            consume: makes the result of the chunks; it is called again for each attempt.

        Returns:
            What `consume` returns, None where there is no such file.

        Raises:
            TransferError: it could not be read; with the HTTP status where there was one.
        """
        request = _Request("Download", "GET", url, {}, doing)

        def read(response: Response) -> T | None:
            return None if response.status in _ABSENT else consume(_chunks(response))

        with within(self._timeout):
            return retry.run(lambda _number: self._exchange(request, _SERVED | _ABSENT, read))

    def size(self, url: str, doing: str) -> int | None:
        """Ask for the first byte of a file, and so for its size.

        Args:
            url: presigned for the download.
            doing: what this is about, for an error.

        Returns:
            Bytes, None where there is no such file.

        Raises:
            TransferError: nobody knows; with the HTTP status where there was one.
        """
        request = _Request("Download", "GET", url, {"Range": "bytes=0-0"}, doing)
        accepted = _SERVED | _ABSENT | _NO_SUCH_RANGE
        with within(self._timeout):
            return retry.run(lambda _: self._exchange(request, accepted, _size_of))

    def _exchange(
        self, request: _Request, accepted: frozenset[int], consume: Callable[[Response], T], body: Body = b""
    ) -> T:
        if why := objection(request.url, allow_insecure=self._allow_insecure):
            raise messages.transfer_failed(request.doing, why)
        started = time.monotonic()

        def judge(response: Response) -> T:
            log_exchange(request.name, response.status, started, _request_id(response))
            if response.status not in accepted:
                _drain(response)
                raise _refusal(request.doing, response)
            return consume(response)

        headers = {"User-Agent": USER_AGENT, **request.headers}
        try:
            return self._connections.exchange(request.method, request.url, headers=headers, consume=judge, body=body)
        except NoAnswerError as error:
            log_exchange(request.name, error.why, started)
            failure = messages.transfer_failed(request.doing, error.why, may_pass=error.may_pass)
        raise failure


@dataclass(frozen=True)
class _Request:
    name: str
    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str]
    doing: str


def _chunks(response: Response) -> Iterator[bytes]:
    """The body; every chunk that arrives earns the time to read on."""
    scope = current()
    while chunk := response.read(_CHUNK):
        scope.extend(len(chunk) / _SLOWEST)
        yield chunk


def _size_of(response: Response) -> int | None:
    if response.status in _ABSENT:
        return None
    if response.status in _NO_SUCH_RANGE:
        return 0
    whole = response.headers.get("content-range", "").rpartition("/")[2] or response.headers.get("content-length", "")
    _drain(response)
    return int(whole) if whole.isdecimal() else 0


def _drain(response: Response) -> None:
    """Read a short answer to its end, so that its connection can be used again; its words may quote the URL."""
    response.read(_CHUNK)


def _refusal(doing: str, response: Response) -> errors.TransferError:
    return messages.transfer_failed(
        doing,
        reasons.URL_REFUSED if response.status == 403 else reasons.STORE_REFUSED,
        http_status=response.status,
        may_pass=response.status in retry.PASSING_STATUSES,
        retry_after=retry.retry_after(response.headers.get("retry-after")),
    )


def _request_id(response: Response) -> str:
    """The store's own request id, under the names that the usual stores give it."""
    names = ("x-request-id", "x-oss-request-id", "x-amz-request-id")
    return next((response.headers[name] for name in names if name in response.headers), "")
