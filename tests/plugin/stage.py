"""A stack on an engine, through either adapter, with a local server: the environment of the contract tests."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
from pulumi import automation
from pulumi.automation import CommandError, EngineEvent

from pulumi_agbcontext.testing import Stack
from pulumi_agbcontext.testing.engine.property_values import SIGNATURE
from pulumi_agbcontext.testing.engine.real import open_real_stack
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds

from .adapters import KEY

PASSPHRASE = "open sesame"
IN_ITS_OWN_WAY = ("__provider", "__resource", "__unfinished", "createdAt", "ownerId")
TRANSFERS = ("GetContextFileUploadUrl", "Upload", "GetContextFileDownloadUrl", "Download", "DeleteContextFile")


class LeanStack(automation.Stack):
    """A stack of the CLI without the additional commands that each result would require."""

    def outputs(self) -> automation.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:
        return automation.UpdateSummary("", datetime.now(timezone.utc), "", {}, {}, "succeeded")


class Stage:
    """A stack whose program declares the resources of each `up`. Results of commands are recorded for comparison."""

    def __init__(self, directory: Path, engine: str, adapter: str, server: LocalServer) -> None:
        self.server = server
        self.adapter = adapter
        self.reported: list[Any] = []
        self.directory = directory / "shop"
        self.directory.mkdir(parents=True)
        settings = {
            "name": "shop",
            "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            "plugins": {"providers": [{"name": "agbcontext", "path": str(Path(sys.executable).parent)}]},
        }
        (self.directory / "Pulumi.yaml").write_text(json.dumps(settings))
        shutil.copy(Path(__file__).with_name("declared.py"), self.directory / "__main__.py")
        self._stack: Any = self._open(directory, engine)

    def _open(self, scratch: Path, engine: str) -> Any:
        if engine == "test":
            return Stack(self.directory, passphrase=PASSPHRASE, timeout=60)
        return open_real_stack(self.directory, "dev", scratch, PASSPHRASE, LeanStack)

    @property
    def ids(self) -> list[str]:
        """Return the ids of the existing contexts, oldest first."""
        return [context["id"] for context in self.server.contexts(KEY)]

    def create_as_another_program(self, name: str, **files: bytes) -> str:
        """Create a context outside the program and return its id."""
        self._ask("GET", "GetContext", name=name, allowCreate="true")
        [id_] = [context["id"] for context in self.server.contexts(KEY) if context["name"] == name]
        for file, content in files.items():
            self.server.put_file(KEY, id_, f"/{file}", content)
        return str(id_)

    def delete(self, context_id: str) -> None:
        """Delete a context outside the program."""
        self._ask("POST", "DeleteContext", id=context_id)

    def _ask(self, method: str, operation: str, **query: str) -> None:
        url, headers = f"{self.server.url}/sdk/{operation}", {"authorization": f"Bearer {KEY}"}
        requests.request(method, url, params=query, headers=headers, json={}, timeout=10).raise_for_status()

    def up(self, **resources: dict[str, Any]) -> dict[str, str]:
        """Deploy these resources and return the operation on each."""
        return self._reported("up", resources)

    def up_after_refresh(self, **resources: dict[str, Any]) -> dict[str, str]:
        """Deploy these resources in a command that first refreshes, which reads several resources at once."""
        done = self._reported("up", resources, refresh=True)
        self.reported[-1] = self._arrived()
        return done

    def up_in_its_own_way(self, **resources: dict[str, Any]) -> None:
        """Deploy these resources, and compare only the result, because the requests of the adapters differ."""
        self._reported("up", resources)
        self.reported[-1] = self._arrived()

    def settled(self, **resources: dict[str, Any]) -> bool:
        """Return whether an `up` with these resources changes nothing and sends no request."""
        since = len(self.server.requests)
        return set(self.up(**resources).values()) <= {"same"} and self.server.requests[since:] == []

    def fails(self, reason: str, **resources: dict[str, Any]) -> None:
        """Run an `up` that must fail with a reason in one line."""
        with self._failing(reason):
            self._reported("up", resources)
        self.reported.append((_asked(self.server, self._since), self._held()))

    def fails_half_way(self, reason: str, **resources: dict[str, Any]) -> None:
        """Run an `up` that must fail and that one adapter undoes while the other records its progress."""
        with self._failing(reason):
            self._reported("up", resources)

    @contextmanager
    def _failing(self, reason: str) -> Iterator[None]:
        with pytest.raises(CommandError) as failed:
            yield
        lines = [line for line in str(failed.value).splitlines() if re.search(reason, line)]
        assert lines, f"{reason} is not in {failed.value}"

    def refresh(self) -> dict[str, str]:
        """Refresh the stack, and compare the requests in any order, because several resources are read at once."""
        done = self._reported("refresh")
        _, asked, arrived = self.reported.pop()
        self.reported.append((done, sorted(asked), arrived))
        return done

    def destroy(self) -> dict[str, str]:
        """Destroy the stack."""
        return self._reported("destroy")

    def _reported(self, command: str, resources: dict[str, Any] | None = None, **options: bool) -> dict[str, str]:
        if resources is not None:
            wanted = {"adapter": self.adapter, "resources": resources}
            (self.directory / "wanted.json").write_text(json.dumps(wanted))
        self._since = len(self.server.requests)
        operations: dict[str, list[str]] = defaultdict(list)

        def on_event(event: EngineEvent) -> None:
            if event.resource_pre_event and "agbcontext:" in event.resource_pre_event.metadata.type:
                step = event.resource_pre_event.metadata
                operations[step.urn.rsplit("::", 1)[1]].append(step.op.value)

        getattr(self._stack, command)(on_event=on_event, **options)
        done = {name: "replace" if "replace" in ops else ops[-1] for name, ops in operations.items()}
        self.reported.append((done, _asked(self.server, self._since), self._arrived()))
        return done

    def _arrived(self) -> Any:
        return self._held(), self._state()

    def _held(self) -> list[tuple[str, dict[str, bytes]]]:
        return sorted((one["name"], holds(self.server, KEY, one["id"])) for one in self.server.contexts(KEY))

    def _state(self) -> list[Any]:
        """Return the state of the resources without ids, which the server generates, and without the engine's runs."""
        resources = self._stack.export_stack().deployment.get("resources") or []
        managed = [one for one in resources if "agbcontext:" in one["type"]]
        state = [{key: _plain(one.get(key, {})) for key in ("inputs", "outputs")} for one in managed]
        without_runs = re.sub(r'("\d+:[0-9a-f]{16}):[0-9a-f]{8}"', r'\1:#"', json.dumps(state))
        return list(json.loads(re.sub(r"SdkCtx-\w+", "SdkCtx-#", without_runs)))

    def outputs(self, name: str) -> dict[str, Any]:
        """Return the outputs of a resource with secrets as plain values."""
        resources = self._stack.export_stack().deployment["resources"]
        [found] = [one for one in resources if one["urn"].endswith(f"::{name}") and "agbcontext:" in one["type"]]
        return dict(_plain(found["outputs"]))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if SIGNATURE in value and "plaintext" in value:
            return _plain(json.loads(value["plaintext"]))
        return {key: _plain(item) for key, item in value.items() if key not in IN_ITS_OWN_WAY}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _asked(server: LocalServer, since: int) -> list[tuple[str, str]]:
    """Return the requests. Repeated polls of one state count once, and parallel transfers are sorted."""
    asked = [(record.operation, record.path) for record in server.requests[since:]]
    if any(operation in ("ClearContext", "DeleteContext") for operation, _ in asked):
        asked = sorted(set(asked), key=asked.index)
    return [one for one in asked if one[0] not in TRANSFERS] + sorted(one for one in asked if one[0] in TRANSFERS)
