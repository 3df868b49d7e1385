"""Downloads of files from URLs in a program, without the credentials of this provider."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from pulumi_agbcontext import errors, messages
from pulumi_agbcontext.client.api.error_codes import FailureKind, classify
from pulumi_agbcontext.client.api.transport import USER_AGENT
from pulumi_agbcontext.client.http import HttpClient, NoAnswerError, Request, Response
from pulumi_agbcontext.client.http.addresses import objection
from pulumi_agbcontext.client.http.concurrency_limiter import ConcurrencyLimiter
from pulumi_agbcontext.client.http.deadline import within
from pulumi_agbcontext.client.http.retry_policy import RetryPolicy
from pulumi_agbcontext.client.transfer.presigned_requests import earning_time
from pulumi_agbcontext.messages import causes

Opener = Callable[[], BinaryIO]

LARGEST = 5 << 30  # bytes; object stores do not accept a larger file in one upload
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AT_ONCE = 8
_LONGEST_ADDRESS = 200  # maximum characters of a URL in a message or a state


def shown_address(url: str) -> str:
    """Return a URL without its query and fragment, which may contain a signature."""
    return url.partition("?")[0].partition("#")[0][:_LONGEST_ADDRESS]


class RemoteFiles:
    """Downloads over https, and over http from this machine; safe to share between threads.

    Each URL is downloaded once. The contents are kept in temporary files until the process ends.

    Args:
        http: sends the requests.
        timeout: maximum duration of a download in seconds, plus one second per 64 KiB.
    """

    def __init__(self, http: HttpClient, timeout: float) -> None:
        self._http = http
        self._timeout = timeout
        self._policy = RetryPolicy(ConcurrencyLimiter(_AT_ONCE))  # separate from the limits of the API
        self._lock = threading.Lock()
        self._directory: Path | None = None
        self._paths: dict[str, Path] = {}
        self._openers: dict[str, Opener] = {}

    def download(self, url: str, suffix: str = "") -> Path:
        """Download a file, unless it was downloaded before. At most five redirects are followed.

        Args:
            url: absolute URL.
            suffix: suffix of the name of the temporary file.

        Raises:
            TransferError: a URL is not allowed, the server rejected the request, or the file is larger than 5 GiB.
            ThrottledError: the server throttled the request until the retries or the time were exhausted.
        """
        with self._lock:  # so that a URL that several files use is downloaded once
            if url not in self._paths:
                path = self._temporary_directory() / (hashlib.sha256(url.encode()).hexdigest() + suffix)
                with path.open("w+b") as file, within(self._timeout):
                    self._fetch(url, file)
                self._paths[url] = path
            return self._paths[url]

    def remember(self, sha256: str, opener: Opener) -> None:
        """Store a function that opens downloaded content, or a member of a downloaded archive."""
        self._openers[sha256] = opener

    def opener(self, sha256: str) -> Opener | None:
        """Return the function that opens the content with a digest, or None if another process downloaded it."""
        return self._openers.get(sha256)

    def _temporary_directory(self) -> Path:
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="agbcontext-"))
            weakref.finalize(self, shutil.rmtree, self._directory, ignore_errors=True)
        return self._directory

    def _fetch(self, url: str, file: BinaryIO) -> None:
        action = f"download {shown_address(url)}"
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._get(url, action, file)
            if response.status not in _REDIRECTS:
                return
            url = _next(url, response, action)
        raise messages.transfer_failed(action, causes.TOO_MANY_REDIRECTS)

    def _get(self, url: str, action: str, file: BinaryIO) -> Response:
        if cause := objection(url, allow_insecure=False):
            raise messages.transfer_failed(action, cause)

        def attempt(_number: int) -> Response:
            file.seek(0)
            file.truncate()
            body = _Body(file)
            try:
                request = Request("GET", url, {"User-Agent": USER_AGENT})
                response = self._http.exchange(request, earning_time(body.receive))
            except NoAnswerError as error:
                raise messages.transfer_failed(action, error.cause, retryable=error.retryable) from error
            if response.status != 200 and response.status not in _REDIRECTS:
                raise _refusal(action, response.status)
            if body.size > LARGEST:
                raise messages.file_too_large(action, LARGEST)
            return response

        return self._policy.run(attempt)


class _Body:
    """Writer of a response body to a file, up to a limit."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0

    def receive(self, piece: bytes) -> bool:
        self.size += len(piece)
        if self.size > LARGEST:
            return False
        self._file.write(piece)
        return True


def _next(url: str, response: Response, action: str) -> str:
    """Return the target of a redirect. A redirect from https to http is not followed, not even to this machine."""
    target = urljoin(url, response.headers.get("location") or "")
    if url.lower().startswith("https:") and not target.lower().startswith("https:"):
        raise messages.transfer_failed(action, causes.REDIRECT_TO_HTTP)
    return target


def _refusal(action: str, status: int) -> errors.AGBError:
    kind = classify(status)
    if kind is FailureKind.THROTTLED:
        return messages.throttled(action, "", http_status=status, retry_after=None)
    retryable = kind is FailureKind.TRANSIENT
    return messages.transfer_failed(action, causes.SERVER_REFUSED, http_status=status, retryable=retryable)
