"""The local Context API as an object: a server in a thread of this process, for tests."""

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

_HIGHEST_PORT = 65535


class LocalServer:
    """A local Context API on a free port of the loopback, from `with` on or from `start` to `stop`.

    Args:
        data: `:memory:`, or a folder in which contexts and files outlive the server.
        port: the port to listen on; 0 takes a free one.
        control: whether `/control/…` is there, for tests in another process.
        **behaviour: how lifelike it is, see Behaviour; `reset` comes back to it.

    Raises:
        ValueError: the port or a behaviour is out of range, or the behaviour does not exist.
    """

    def __init__(
        self, data: str | Path = ":memory:", *, port: int = 0, control: bool = False, **behaviour: Any
    ) -> None:
        if not 0 <= port <= _HIGHEST_PORT:
            raise ValueError(f"the port must be a number from 0 to {_HIGHEST_PORT}, got {port}")
        self._data = data
        self._port = port
        self._control = control
        self._behaviour = Behaviour().changed(**behaviour)
        self._thread: ServingThread | None = None

    def start(self) -> LocalServer:
        """Open the data, listen, and come back when requests are answered.

        Raises:
            OSError: the port is taken.
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
        """Break off what is under way, stop listening and let go of the data."""
        if self._thread is not None:
            self._thread.call(self._app.break_off())
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
        """The requests since the last reset, in order of arrival."""
        return self._app.log.snapshot()

    @property
    def faults(self) -> list[Fault]:
        """The faults since the last reset, in the order in which they were scripted."""
        return self._app.script.snapshot()

    def reset(self) -> None:
        """Forget contexts, files, changes of behaviour, faults and the request log; what is under way is broken off."""
        if self._thread is not None:
            self._thread.call(self._app.reset())

    def check(self) -> None:
        """Raise what went wrong inside the server since the last reset.

        Raises:
            RuntimeError: a request made the server fail; the cause is the first failure.
        """
        if self._app.failures:
            first = self._app.failures[0]
            raise RuntimeError(f"the local server failed {len(self._app.failures)} times, first: {first!r}") from first

    def behave(self, **behaviour: Any) -> None:
        """Change how lifelike the server is until the next reset, see Behaviour.

        Raises:
            ValueError: a behaviour that does not exist or is out of range.
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
        """Script a fault.

        Args:
            operation: an operation of the API, `Upload`, `Download`, or `*` for all of them.
            kind: how the request fails, see `playing`.
            occurrence: the first matching request from now that meets it, counted from 1.
            times: how many matching requests in a row meet it.
            path: only requests for this file match; None: all.
            **parameters: what the kind takes.

        Returns:
            The fault, whose `consumed` says how often it was played.

        Raises:
            ValueError: the operation, the kind or a parameter does not exist; the message lists those that do.
        """
        return self._app.script.add(Fault(operation, kind, occurrence, times, path, parameters))

    def set_state(self, context_id: str, state: str | None) -> None:
        """Put a context into a state that only another call changes."""
        self._store.set_state(context_id, state)

    def contexts(self, api_key: str) -> list[dict[str, Any]]:
        """The contexts of a key's account, by age."""
        contexts, _ = self._store.page(account_label(api_key), 0, -1)
        names = ("id", "name", "region", "state", "created", "used")
        return [{name: getattr(context, name) for name in names} for context in contexts]

    def files(self, api_key: str, context_id: str) -> dict[str, bytes]:
        """What a context really holds now, whatever listings show: content by path."""
        context = self._store.find(account_label(api_key), context_id)
        return {} if context is None else self._store.contents(context_id)

    def put_file(self, api_key: str, context_id: str, path: str, content: bytes) -> None:
        """Write a file behind everybody's back.

        Raises:
            KeyError: the account has no such context.
            ValueError: the path cannot name a file of a context.
        """
        if problem := path_problem(path):
            raise ValueError(f"the path {path!r} {problem}")
        spool = Spool(self._store.blobs)
        try:
            spool.write(content)
            if not self._store.put_file(account_label(api_key), context_id, path, spool):
                raise KeyError(context_id)
        finally:
            spool.discard()

    def remove_file(self, api_key: str, context_id: str, path: str) -> None:
        """Remove a file behind everybody's back.

        Raises:
            KeyError: the account has no such context, or the context no such file.
        """
        context = self._store.find(account_label(api_key), context_id)
        if context is None or not self._store.remove_file(context_id, path):
            raise KeyError(f"{context_id}{path}")
