"""Local Context API that runs in a thread of this process, for tests."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from pulumi_agbcontext.testing.server.app import Application
from pulumi_agbcontext.testing.server.arguments import path_problem
from pulumi_agbcontext.testing.server.behaviour import Behaviour
from pulumi_agbcontext.testing.server.blobs import Spool
from pulumi_agbcontext.testing.server.control import routes
from pulumi_agbcontext.testing.server.faults import Fault
from pulumi_agbcontext.testing.server.records import RequestRecord, account_label
from pulumi_agbcontext.testing.server.serving import ServingThread, listen
from pulumi_agbcontext.testing.server.store import Store

_MAX_PORT = 65535


class LocalServer:
    """Local Context API on the loopback interface. It runs inside `with`, or from `start` to `stop`.

    Args:
        data: directory in which contexts and files are kept, or `:memory:`.
        port: port to listen on; 0 selects a free port.
        control: whether to serve `/control/…`, for tests in another process.
        **behaviour: behavior settings, see Behaviour; `reset` restores them.

    Raises:
        ValueError: the port or a behavior setting is out of range, or the setting does not exist.
    """

    def __init__(
        self, data: str | Path = ":memory:", *, port: int = 0, control: bool = False, **behaviour: Any
    ) -> None:
        if not 0 <= port <= _MAX_PORT:
            raise ValueError(f"`port` must be a number from 0 to {_MAX_PORT}, got {port}")
        self._data = data
        self._port = port
        self._control = control
        self._behaviour = Behaviour().changed(**behaviour)
        self._thread: ServingThread | None = None

    def start(self) -> LocalServer:
        """Open the data, and return when the server accepts requests.

        Returns:
            The server itself.

        Raises:
            OSError: the port is already in use.
            RuntimeError: another server uses the data.
        """
        with ExitStack() as undo:
            sockets = listen(self._port)
            for listener in sockets:
                undo.callback(listener.close)
            self._store = Store(self._data)
            undo.callback(self._store.close)
            port = sockets[0].getsockname()[1]
            self.url = f"http://127.0.0.1:{port}"
            self._app = Application(self._store, self._behaviour, f"http://localhost:{port}")
            router = self._app.router(*(routes(self) if self._control else []))
            self._thread = ServingThread(sockets, router)
            undo.pop_all()
        return self

    def stop(self) -> None:
        """Abort requests in progress, stop listening and close the data."""
        if self._thread is not None:
            self._thread.call(self._app.abort_requests())
            self._thread.stop()
            self._thread = None
            self._store.close()

    def __enter__(self) -> LocalServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def requests(self) -> list[RequestRecord]:
        """Requests since the last reset, in order of arrival."""
        return self._app.log.snapshot()

    @property
    def faults(self) -> list[Fault]:
        """Faults since the last reset, in the order in which they were added."""
        return self._app.script.snapshot()

    def reset(self) -> None:
        """Abort requests in progress, restore the initial behavior, and clear contexts, files, faults and the log."""
        if self._thread is not None:
            self._thread.call(self._app.reset())

    def check(self) -> None:
        """Raise an error if a request has failed since the last reset because of a bug in the server.

        Raises:
            RuntimeError: a request failed. Its cause is the first failure.
        """
        if self._app.failures:
            first = self._app.failures[0]
            raise RuntimeError(f"The local server failed {len(self._app.failures)} times, first: {first!r}") from first

    def behave(self, **behaviour: Any) -> None:
        """Change behavior settings until the next reset.

        Args:
            **behaviour: new values by name of the setting, see Behaviour.

        Raises:
            ValueError: a setting does not exist, or its value is out of range.
        """
        self._app.behave(self._app.operations.behaviour.changed(**behaviour))

    def fault(
        self,
        operation: str,
        kind: str,
        *,
        occurrence: int = 1,
        times: int = 1,
        path: str | None = None,
        **parameters: Any,
    ) -> Fault:
        """Make matching requests fail.

        Args:
            operation: operation of the API, `Upload`, `Download`, or `*` for all of them.
            kind: kind of failure, see `fault_injection`.
            occurrence: number of the first matching request that fails, counted from 1 from now on.
            times: number of consecutive matching requests that fail.
            path: path of the file whose requests match; None matches all requests.
            **parameters: parameters of the kind.

        Returns:
            The fault. Its `consumed` attribute is the number of requests that it was applied to.

        Raises:
            ValueError: the operation, the kind or a parameter does not exist (the message lists the valid ones), or a
                count is less than 1.
        """
        return self._app.script.add(Fault(operation, kind, occurrence, times, path, parameters))

    def set_state(self, context_id: str, state: str | None) -> None:
        """Set the state of a context, until an operation or another call changes it.

        Args:
            context_id: ID of the context.
            state: new state; None omits the state from responses.
        """
        self._store.set_state(context_id, state)

    def contexts(self, api_key: str) -> list[dict[str, Any]]:
        """Return the contexts of an account, oldest first.

        Args:
            api_key: key that selects the account.
        """
        contexts, _ = self._store.page(account_label(api_key), 0, -1)
        names = ("id", "name", "region", "state", "created", "used")
        return [{name: getattr(context, name) for name in names} for context in contexts]

    def files(self, api_key: str, context_id: str) -> dict[str, bytes]:
        """Return the current content of each file by path, regardless of outdated listings.

        Args:
            api_key: key that selects the account.
            context_id: ID of the context.

        Returns:
            The contents; empty if the account has no such context.
        """
        context = self._store.find(account_label(api_key), context_id)
        return {} if context is None else self._store.contents(context_id)

    def put_file(self, api_key: str, context_id: str, path: str, content: bytes) -> None:
        """Write a file directly, as an agent would.

        Args:
            api_key: key that selects the account.
            context_id: ID of the context.
            path: absolute path within the context.
            content: content of the file.

        Raises:
            KeyError: the account has no such context.
            ValueError: the path is invalid.
        """
        if problem := path_problem(path):
            raise ValueError(f"The path {path!r} {problem}.")
        spool = Spool(self._store.blobs)
        try:
            spool.write(content)
            if not self._store.put_file(account_label(api_key), context_id, path, spool):
                raise KeyError(context_id)
        finally:
            spool.discard()

    def remove_file(self, api_key: str, context_id: str, path: str) -> None:
        """Remove a file directly, as an agent would.

        Args:
            api_key: key that selects the account.
            context_id: ID of the context.
            path: absolute path within the context.

        Raises:
            KeyError: the account has no such context, or the context has no such file.
        """
        context = self._store.find(account_label(api_key), context_id)
        if context is None or not self._store.remove_file(context_id, path):
            raise KeyError(f"{context_id}{path}")
