"""Two clients of the API that share no code: the official SDK and this package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

METHODS = {
    "list",
    "get",
    "create",
    "update",
    "delete",
    "get_file_download_url",
    "get_file_upload_url",
    "delete_file",
    "list_files",
    "clear_async",
    "get_clear_status",
    "clear",
}
"""Every method of the API reference's ContextService."""


@dataclass
class Speaker:
    """A client and its classes, as the tests use them.

    Args:
        service: its ContextService.
        api_key: the key that it sends.
        context: its class of contexts: id, name.
        list_params: its class of parameters for `list`.
        clearance_timeout: exception that it raises if a clear takes too long.
        rejection: exception that it raises if the API rejects a call; None: it returns a result without success.
        called: methods that were called.
    """

    service: Any
    api_key: str
    context: Callable[..., Any]
    list_params: Callable[..., Any]
    clearance_timeout: type[Exception]
    rejection: type[Exception] | None = None
    called: set[str] = field(default_factory=set)

    def call(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Call a method, which must succeed. Its result has a request id."""
        self.called.add(method)
        result = getattr(self.service, method)(*arguments, **named)
        assert result.success, result.error_message
        assert result.request_id
        assert not result.error_message
        return result

    def refusal(self, method: str, *arguments: Any, **named: Any) -> str:
        """Return the reason for which the API rejects a call."""
        try:
            result = getattr(self.service, method)(*arguments, **named)
        except Exception as error:
            if self.rejection is None or not isinstance(error, self.rejection):
                raise
            return str(error)
        assert not result.success
        assert self.rejection is None
        return str(result.error_message)
