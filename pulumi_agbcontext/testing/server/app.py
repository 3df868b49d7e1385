"""ASGI application of the server: routes, request log and fault injection."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qsl

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_agbcontext.testing.server import envelopes
from pulumi_agbcontext.testing.server.behaviour import Behaviour
from pulumi_agbcontext.testing.server.endpoints import METHODS, Operations
from pulumi_agbcontext.testing.server.exchange import Exchange, Handler
from pulumi_agbcontext.testing.server.fault_injection import inject
from pulumi_agbcontext.testing.server.faults import FaultScript
from pulumi_agbcontext.testing.server.objects import PREFIX, Objects, read_target
from pulumi_agbcontext.testing.server.records import RequestLog, RequestRecord, account_label
from pulumi_agbcontext.testing.server.store import Store

_BEARER = re.compile(r"Bearer ([\x21-\x7e]+)", re.ASCII)
_UNKNOWN = "Unknown"


class Application:
    """ASGI application that serves the API and the object store.

    Args:
        store: contexts and files.
        behaviour: initial behavior, which `reset` restores.
        origin: scheme, host and port of the object store in presigned URLs.
    """

    def __init__(self, store: Store, behaviour: Behaviour, origin: str) -> None:
        self.store = store
        self.log = RequestLog()
        self.script = FaultScript()
        self.failures: list[BaseException] = []
        self.operations = Operations(store, behaviour, origin + PREFIX.rstrip("/"))
        self._objects = Objects(store, self.operations.signer)
        self._running: set[asyncio.Task[None]] = set()
        self._initial_behaviour = behaviour
        self.behave(behaviour)

    def router(self, *extra: BaseRoute) -> ASGIApp:
        """Return the ASGI router.

        Args:
            *extra: additional routes, such as the control endpoint.
        """
        routes = [
            Route("/health", _Endpoint(self._health)),
            Route("/sdk/{operation}", _Endpoint(self._api)),
            Route(PREFIX + "{rest:anything}", _Endpoint(self._object)),
            *extra,
        ]
        return Router(routes, redirect_slashes=False, default=_Endpoint(self._not_found))

    def behave(self, behaviour: Behaviour) -> None:
        """Replace the behavior of the server, starting with the next request."""
        self.operations.behaviour = behaviour
        self.store.keep_history = behaviour.keeps_history

    async def abort_requests(self) -> None:
        """Abort the connections of all requests in progress."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def reset(self) -> None:
        """Abort requests in progress, restore the initial behavior, and clear contexts, files, faults and the log."""
        await self.abort_requests()
        self.behave(self._initial_behaviour)
        self.store.clear()
        self.operations.reset_listings()
        self.script.clear()
        self.log.clear()
        self.failures.clear()

    async def _health(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, RequestRecord("Health", ""))
        await exchange.respond_json(200, {"status": "ok"})

    async def _not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._run(Exchange(scope, receive, send, RequestRecord(_UNKNOWN, "")), _refuse_unknown)

    async def _api(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = scope["path_params"]["operation"]
        record = RequestRecord(operation if operation in METHODS else _UNKNOWN, "")
        exchange = Exchange(scope, receive, send, record)
        arguments = _arguments(scope["query_string"])
        key = _BEARER.fullmatch(exchange.header(b"authorization") or "")
        record.authorized = exchange.header(b"authorization") is not None
        record.account = account_label(key[1]) if key else ""
        record.path = (arguments or {}).get("filePath", "")
        record.context = (arguments or {}).get("contextId", "") or (arguments or {}).get("id", "")

        async def respond(exchange: Exchange) -> None:
            await self._respond_api(exchange, operation, arguments)

        await self._run(exchange, respond)

    async def _respond_api(self, exchange: Exchange, operation: str, arguments: dict[str, str] | None) -> None:
        if not await exchange.drain():
            return
        behaviour = self.operations.behaviour
        try:
            body = await self._perform(exchange, operation, arguments)
        except envelopes.Refusal as refusal:
            await exchange.respond_json(200 if behaviour.failures_as_200 else refusal.status, refusal.body)
        else:
            await exchange.respond_json(200, body)

    async def _perform(self, exchange: Exchange, operation: str, arguments: dict[str, str] | None) -> dict[str, object]:
        account = exchange.record.account
        if operation not in METHODS:
            raise envelopes.unknown_operation()
        if exchange.scope["method"] != METHODS[operation][0]:
            raise envelopes.wrong_method(METHODS[operation][0])
        if not account:
            raise envelopes.unauthorized()
        if arguments is None:
            raise envelopes.malformed_query()
        return await self.store.run(self.operations.perform, operation, account, arguments)

    async def _object(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = read_target(scope["raw_path"], scope["query_string"])
        operation = {"PUT": "Upload", "GET": "Download"}.get(scope["method"], _UNKNOWN)
        record = RequestRecord(operation, target.account, target.path, context=target.context)
        exchange = Exchange(scope, receive, send, record)
        record.authorized = exchange.header(b"authorization") is not None
        record.size = int(exchange.header(b"content-length") or 0) if operation == "Upload" else 0
        await self._run(exchange, self._objects.handle)

    async def _run(self, exchange: Exchange, handler: Handler) -> None:
        """Log a request, apply the configured delay and fault, and respond even if the handler raises."""
        self.log.add(exchange.record)
        exchange.send = _recording_status(exchange)
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A request must run in a task.")
        self._running.add(task)
        try:
            fault = self.script.take(exchange.record.operation, exchange.record.path)
            if delay := self.operations.behaviour.delay:
                await asyncio.sleep(delay)
            await (inject(fault, exchange, handler) if fault else handler(exchange))
        except asyncio.CancelledError:
            exchange.scope["state"]["transport"].abort()
        except Exception as error:  # noqa: BLE001 (the test must see every bug of the server)
            self.failures.append(error)
            await self._respond_with_failure(exchange)
        finally:
            self._running.discard(task)

    async def _respond_with_failure(self, exchange: Exchange) -> None:
        if exchange.record.status:
            exchange.scope["state"]["transport"].abort()
        else:
            await exchange.respond_json(500, envelopes.failure(500, "InternalError", "The local server failed."))


class _Anything(Convertor[str]):
    """Rest of a URL path, including line breaks.

    Starlette's `path` convertor stops at a line break, which a file name can contain.
    """

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())


class _Endpoint:
    """Endpoint that accepts every HTTP method."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


async def _refuse_unknown(exchange: Exchange) -> None:
    refusal = envelopes.unknown_operation()
    await exchange.respond_json(refusal.status, refusal.body)


def _recording_status(exchange: Exchange) -> Send:
    send, record = exchange.send, exchange.record

    async def recording(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
        await send(message)

    return recording


def _arguments(query: bytes) -> dict[str, str] | None:
    """Return the arguments in a query; None if it is malformed or contains a name twice."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        return None
    arguments = dict(pairs)
    return arguments if len(arguments) == len(pairs) else None
