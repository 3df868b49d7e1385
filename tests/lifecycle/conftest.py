"""One resource of a program, managed in this process against a real local server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.lifecycle.context.handler import ContextHandler
from pulumi_agbcontext.lifecycle.context_directory.handler import ContextDirectoryHandler
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD
from pulumi_agbcontext.lifecycle.handlers import Handler
from pulumi_agbcontext.lifecycle.provider.declared_resources import DeclaredResources
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource as Declared
from pulumi_agbcontext.lifecycle.provider.plans import Plans
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.testing.server import LocalServer

KEY = "key-of-the-lifecycle-tests"
DATA = Declared("urn:data", "shop", "dev", "data", "data-1234567")
HANDLER = ContextHandler()
SETTLE = 0.02  # seconds; on a local server, no write takes longer


class CheckFailedError(Exception):
    """Faults that check found. The text contains all of them."""


@dataclass
class Resource:
    """One resource, managed as the engine does it: check, diff, then one operation. Its state is what it records."""

    server: LocalServer
    session: Session
    declared: Declared = DATA
    id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    handler: Handler = HANDLER

    def up(self, **program: Any) -> str:
        """Deploy the program and return the action: create, same, update or replace.

        The next plan must then be empty and send no request.
        """
        self._as_a_new_process()
        action = self._apply(program)
        since = len(self.server.requests)
        news = self._checked(self.inputs, program)
        plan = replace(self.session, declared=DeclaredResources())  # so that the diff is not recorded
        assert self.handler.diff(plan, self.declared, self.id, self.outputs, news).changes == {}
        assert self.server.requests[since:] == []
        return action

    def _apply(self, program: dict[str, Any]) -> str:
        news = self._checked(self.inputs if self.id else {}, program)
        if not self.id:
            return self._create(news)
        found = self.handler.diff(self.session, self.declared, self.id, self.outputs, news)
        if not found.changes:
            self.inputs = news
            return "same"
        if found.replaces:
            self.handler.delete(self.session, self.declared, self.id, self.outputs)
            self.id, self.outputs = "", {}
            again = self._checked({key: self.inputs[key] for key in ("name",) if key in self.inputs}, program)
            return self._create(again).replace("create", "replace")
        self.outputs = self.handler.update(self.session, self.declared, self.id, self.outputs, news)
        self.inputs = news
        return "update"

    def refresh(self) -> bool:
        """Refresh the resource and return whether the context exists."""
        self._as_a_new_process()
        found = self.handler.read(self.session, self.id, self.outputs)
        if found is None:
            self.id, self.inputs, self.outputs = "", {}, {}
            return False
        self.outputs, self.inputs = found.outputs, self.inputs if found.inputs is None else found.inputs
        return True

    def destroy(self) -> None:
        """Delete the resource."""
        self._as_a_new_process()
        self.handler.delete(self.session, self.declared, self.id, self.outputs)
        self.id, self.inputs, self.outputs = "", {}, {}

    def _as_a_new_process(self) -> None:
        """Forget all declared resources, because the engine starts a provider process for each command."""
        self.session = replace(self.session, declared=DeclaredResources(), plans=Plans(), run=secrets.token_hex(4))

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files that the server stores, except for the owner record."""
        return files_of(self.server, self.id.partition("/")[0])

    def _checked(self, olds: dict[str, Any], program: dict[str, Any]) -> dict[str, Any]:
        checked = self.handler.check(self.session, self.declared, olds, program)
        if checked.failures:
            raise CheckFailedError("; ".join(f"{fault.property}: {fault.reason}" for fault in checked.failures))
        return checked.inputs

    def _create(self, news: dict[str, Any]) -> str:
        self.id, self.outputs = self.handler.create(self.session, self.declared, news)
        self.inputs = news
        return "create"


@dataclass
class Directory(Resource):
    """A directory in a context, at `/data` by default."""

    context_id: str = ""

    def _checked(self, olds: dict[str, Any], program: dict[str, Any]) -> dict[str, Any]:
        return super()._checked(olds, {"contextId": self.context_id, "path": "/data", **program})

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files in the context, except for the owner record."""
        return files_of(self.server, self.context_id)


@pytest.fixture(autouse=True)
def _in_an_empty_program_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield


@pytest.fixture
def session(agb_server: LocalServer) -> Session:
    """Return a session of a separate provider process."""
    agb_server.behave(clear_seconds=0.1)
    return new_session(agb_server)


def new_session(server: LocalServer) -> Session:
    """Return a session of a provider process."""
    return Session(ContextService(Account(server.url, KEY, timeout=10)), settle_seconds=SETTLE)


def files_of(server: LocalServer, context_id: str) -> dict[str, bytes]:
    """Return the files in a context, except for the owner record."""
    files = server.files(KEY, context_id)
    files.pop(OWNER_RECORD, None)
    return files


@pytest.fixture
def resource(agb_server: LocalServer, session: Session) -> Resource:
    """Return a context that the program does not declare yet."""
    return Resource(agb_server, session)


@pytest.fixture
def warnings() -> list[str]:
    """Return the warnings of the resource and of the directory."""
    return []


@pytest.fixture
def directory(agb_server: LocalServer, warnings: list[str]) -> Resource:
    """Return a directory `/data` in the context of another program that contains the file `/data/agent.txt`."""
    contexts = ContextService(Account(agb_server.url, KEY, timeout=10))
    context_id = contexts.create("workspace").context_id
    agb_server.put_file(KEY, context_id, "/data/agent.txt", b"agent")
    session = replace(new_session(agb_server), warn=warnings.append)
    declared = Declared("urn:seed", "shop", "dev", "seed")
    return Directory(agb_server, session, declared, handler=ContextDirectoryHandler(), context_id=context_id)


@pytest.fixture
def another(agb_server: LocalServer) -> Resource:
    """Return a context of another program in another process."""
    return Resource(agb_server, new_session(agb_server), DATA._replace(stack="prod"))
