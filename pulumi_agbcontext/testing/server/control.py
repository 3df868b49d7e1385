"""Control endpoint, which exposes the methods of LocalServer to other processes over HTTP. It is off by default.

Every request is a POST of a JSON object whose keys are the arguments of the LocalServer method with that name:

    /control/behave       the changed settings                                 → {}
    /control/fault        operation, kind, occurrence, times, path, and the parameters of the kind → the fault
    /control/faults       none                                                 → all faults, with `consumed`
    /control/requests     none                                                 → the request log
    /control/reset        none                                                 → {}
    /control/set-state    context_id, state                                    → {}
    /control/contexts     api_key                                              → the contexts
    /control/files        api_key, context_id                                  → content by path, in base64
    /control/put-file     api_key, context_id, path, content in base64         → {}
    /control/remove-file  api_key, context_id, path                            → {}

The request log does not include these requests. If a method raises, the response is HTTP 400 with `{"error": …}`.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pulumi_agbcontext.testing.server.faults import Fault
from pulumi_agbcontext.testing.server.records import RequestRecord

Method = Callable[..., Any]


class Controlled(Protocol):
    """Methods of a local server that the control endpoint calls."""

    @property
    def requests(self) -> list[RequestRecord]: ...
    @property
    def faults(self) -> list[Fault]: ...
    def reset(self) -> None: ...
    def behave(self, **behaviour: Any) -> None: ...
    def fault(self, operation: str, kind: str, **options: Any) -> Fault: ...
    def set_state(self, context_id: str, state: str | None) -> None: ...
    def contexts(self, api_key: str) -> list[dict[str, Any]]: ...
    def files(self, api_key: str, context_id: str) -> dict[str, bytes]: ...
    def put_file(self, api_key: str, context_id: str, path: str, content: bytes) -> None: ...
    def remove_file(self, api_key: str, context_id: str, path: str) -> None: ...


def routes(server: Controlled) -> list[Route]:
    """Return the routes of the control endpoint for a server."""
    methods: dict[str, Method] = {
        "behave": server.behave,
        "fault": lambda **arguments: asdict(server.fault(**arguments)),
        "faults": lambda: [asdict(fault) for fault in server.faults],
        "requests": lambda: [asdict(record) for record in server.requests],
        "reset": server.reset,
        "set-state": server.set_state,
        "contexts": server.contexts,
        "files": lambda **names: {
            path: base64.b64encode(content).decode() for path, content in server.files(**names).items()
        },
        "put-file": lambda content, **names: server.put_file(**names, content=base64.b64decode(content, validate=True)),
        "remove-file": server.remove_file,
    }
    return [Route(f"/control/{name}", _endpoint(method), methods=["POST"]) for name, method in methods.items()]


def _endpoint(method: Method) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> JSONResponse:
        try:
            arguments = await request.json() if await request.body() else {}
            result = await asyncio.to_thread(lambda: method(**arguments))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({} if result is None else result)

    return endpoint
