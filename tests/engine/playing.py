"""Run of a scenario on an engine, recorded without the parts that differ between runs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
from pulumi.automation import CommandError, ConfigValue, Deployment, EngineEvent, OpType

from pulumi_agbcontext.testing.engine.real import real_environment
from pulumi_agbcontext.testing.server import LocalServer, RequestRecord
from tests.holding import holds

from .conftest import Workshop
from .engines import PASSPHRASE
from .scenarios import Act

MARK = "4dabf18193072939515e22adb298388d"
FLEETING = {"created", "modified", "sourcePosition", "stackTrace"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PICKLE_KEY = "__provider"
KEY = "a-key"
CHANGING = ("ModifyContext", "DeleteContext", "ClearContext", "DeleteContextFile", "Upload")
MASKS = [  # text that differs between runs
    (UUID, "<uuid>"),
    (re.compile(r"SdkCtx-\w+"), "SdkCtx-#"),
    (re.compile(r'"ownerId": "\w+"'), '"ownerId": "#"'),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<server>"),
    (re.compile(r'"account": "\w+"'), '"account": "#"'),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
]


def play(acts: list[Act], workshop: Workshop, engine: str, server: LocalServer | None = None) -> list[dict[str, Any]]:
    """Return the result of every command of a scenario.

    Args:
        server: the Context API, for a scenario with contexts.
    """
    workshop.program("pass")
    stack = workshop.stack(engine, lean=True)
    answers = []
    if server is not None:
        stack.set_config("agbcontext:endpoint", ConfigValue(server.url))
        stack.set_config("agbcontext:apiKey", ConfigValue(KEY, secret=True))
    for act in acts:
        if act.program is not None:
            workshop.program(act.program)
        if act.kind == "config":
            arguments = act.arguments
            stack.set_config(arguments["key"], ConfigValue(arguments["value"], secret=arguments["secret"]))
        elif act.kind == "drift":
            _drift(workshop.shelf / f"{act.arguments['id']}.json", act.arguments["content"])
        elif act.kind == "write":
            file = workshop.directory / act.arguments["path"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(act.arguments["content"])
        elif server is not None and act.kind in BESIDE_THE_STACK:
            BESIDE_THE_STACK[act.kind](server, stack, **act.arguments)
        elif act.kind == "killed":
            _kill_amidst(workshop, engine)
            answers.append({"command": "killed", "state": _state(stack.export_stack())})
        else:
            before = len(server.requests) if server else 0
            answer = _answer(act, stack, workshop)
            if server is not None:
                answer["server"] = _asked(server.requests[before:])
                answer["files"] = sorted(_held(server))
            answers.append(answer)
    text = json.dumps(answers)
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return list(json.loads(text))


def _lose(server: LocalServer, stack: Any, name: str, path: str) -> None:
    server.remove_file(KEY, _context(server, name), path)


def _vanish(server: LocalServer, stack: Any, name: str) -> None:
    _api(server, "POST", "DeleteContext", id=_context(server, name))


def _fault(server: LocalServer, stack: Any, operation: str, path: str) -> None:
    server.fault(operation, "status", path=path, status=400)


def _theirs(server: LocalServer, stack: Any, name: str, files: dict[str, str]) -> None:
    _api(server, "GET", "GetContext", name=name, allowCreate="true")
    context = _context(server, name)
    for file, content in files.items():
        server.put_file(KEY, context, f"/{file}", content.encode())
    stack.set_config("theirs", ConfigValue(context))


BESIDE_THE_STACK: dict[str, Callable[..., None]] = {
    "lose": _lose,
    "vanish": _vanish,
    "fault": _fault,
    "theirs": _theirs,
}


def _context(server: LocalServer, name: str) -> str:
    (context,) = [context["id"] for context in server.contexts(KEY) if context["name"] == name]
    return str(context)


def _api(server: LocalServer, method: str, operation: str, **query: str) -> None:
    url, headers = f"{server.url}/sdk/{operation}", {"authorization": f"Bearer {KEY}"}
    requests.request(method, url, params=query, headers=headers, json={}, timeout=10).raise_for_status()


def _asked(asked: list[RequestRecord]) -> list[Any]:
    """Return the requests that change data and, once each because polling repeats them, the requests that read data."""
    records = [[r.operation, r.path, r.size, r.status] for r in asked]
    changes = [record for record in records if record[0] in CHANGING]
    reads = {json.dumps(record) for record in records if record not in changes}
    return [*sorted(changes), *sorted(reads)]


def _held(server: LocalServer) -> Iterator[list[str]]:
    for context in server.contexts(KEY):
        for path, content in holds(server, KEY, context["id"]).items():
            yield [context["name"], path, content.decode()]


def _answer(act: Act, stack: Any, workshop: Workshop) -> dict[str, Any]:
    operations: dict[str, list[str]] = defaultdict(list)
    changes: dict[str, int] = {}
    before = len(workshop.events())

    def on_event(event: EngineEvent) -> None:
        if event.resource_pre_event:
            step = event.resource_pre_event.metadata
            operations[step.urn.split("::", 2)[2]].append(step.op.value)
        if event.summary_event:
            changes.update({OpType(op).value: n for op, n in event.summary_event.resource_changes.items()})

    outcome = "succeeded"
    try:
        getattr(stack, act.kind)(on_event=on_event, **act.arguments)
    except CommandError:
        outcome = "failed"
        changes.clear()
    asked = [{k: v for k, v in e.items() if k not in ("pid", "time", "directory")} for e in workshop.events()[before:]]
    return {
        "command": act.kind,
        "outcome": outcome,
        "changes": changes,
        "operations": operations,
        "requests": sorted(asked, key=json.dumps),
        "boxes": {file.stem: _content(file) for file in workshop.shelf.glob("*.json")},
        "state": _state(stack.export_stack()),
    }


def _content(box: Path) -> Any:
    try:
        return json.loads(box.read_text())
    except ValueError:
        return box.read_text()


def _drift(file: Path, content: dict[str, Any] | str | None) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content))


def _state(exported: Deployment) -> dict[str, Any]:
    deployment = exported.deployment or {}
    resources = [_resource(resource) for resource in deployment.get("resources") or []]
    pending = [
        {"type": operation["type"], "resource": _resource(operation["resource"])}
        for operation in deployment.get("pending_operations") or []
    ]
    return {"resources": sorted(resources, key=lambda r: (r["urn"], r.get("delete", False))), "pending": pending}


def _resource(resource: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in sorted(resource.items()) if key not in FLEETING}
    return dict(json.loads(json.dumps(_normal(kept), sort_keys=True)))


def _normal(value: Any) -> Any:
    """Return the value with its secrets as plain text and without pickles."""
    if isinstance(value, dict):
        if MARK in value and "plaintext" in value:
            return {"secret": json.loads(value["plaintext"])}
        return {
            key: "<pickle>" if key == PICKLE_KEY and isinstance(item, str) else _normal(item)
            for key, item in value.items()
        }
    return [_normal(item) for item in value] if isinstance(value, list) else value


def _kill_amidst(workshop: Workshop, engine: str) -> None:
    """Run an update in a process and kill that process, then its orphans, during a provider operation."""
    before = len(workshop.events("create", "update"))
    if engine == "cli":
        command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", "dev", "--non-interactive"]
        environment = real_environment(workshop.directory.parent, PASSPHRASE)
    else:
        command = [sys.executable, "-m", "pulumi_agbcontext.testing", "up", ".", "--skip-preview"]
        environment = {"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}
    child = subprocess.Popen(
        command,
        cwd=workshop.directory,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(lambda: len(workshop.events("create", "update")) > before)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pid in {event["pid"] for event in workshop.events()}:
            _end(pid)
    if engine == "cli":
        cancel = ["pulumi", "cancel", "--yes", "--stack", "dev"]
        subprocess.run(
            cancel, cwd=workshop.directory, env={**os.environ, **environment}, check=True, capture_output=True
        )


def _wait_for(condition: Any) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "the provider did not begin"
        time.sleep(0.02)


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
