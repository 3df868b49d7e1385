"""Random sequences of commands, faults, restarts and changes by other programs, compared with a dictionary."""

from __future__ import annotations

import tempfile
from copy import copy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pulumi_agbcontext.client import Account, Context, ContextService
from pulumi_agbcontext.testing.server import LocalServer
from tests.holding import holds
from tests.plugin.adapters import Life, RefusedError

from .matrix import ADAPTERS, every_text
from .scenarios import KEY

CONTENTS = st.sampled_from(["", "one", "two", "other size", "x" * 900])
FILES = st.dictionaries(st.sampled_from(["/a", "/b", "/c/d", "/c/e"]), CONTENTS, max_size=4)
PROGRAMS = st.fixed_dictionaries(
    {"files": FILES},
    optional={
        "name": st.sampled_from(["data", "renamed"]),
        "clearTriggers": st.lists(st.sampled_from(["v1", "v2"]), max_size=1),
        "clearInPlace": st.booleans(),
        "clearBeforeDelete": st.booleans(),
        "driftCheck": st.sampled_from(["size", "content"]),
        "exclusive": st.booleans(),
    },
)
IGNORED = ["/shared/"]
"""What an exclusive context leaves alone: the files of the directory that another program has in it."""
OPERATIONS = [
    *("GetContext", "ModifyContext", "DeleteContext", "ClearContext", "DescribeContextFiles", "DeleteContextFile"),
    *("GetContextFileUploadUrl", "Upload", "*"),
]
KINDS: list[tuple[str, dict[str, Any]]] = [
    *(("status", {"status": status}) for status in (400, 403, 429, 500, 503)),
    *((kind, {}) for kind in ("reset_before", "reset_middle", "reset_after", "answer_lost")),
]


class ContextMachine(RuleBasedStateMachine):
    """One resource and its server.

    Attributes:
        wanted: path to content of the seeded files after the last successful command.
        foreign: path to content of the files of other writers.
        drifted: paths of seeded files that other writers have changed since the last refresh.
        recorded: path to content of the unmanaged files that the last refresh of an exclusive context has recorded.
        steps: number of steps in all sequences so far.
        taken: unmanaged files that exclusive resources have deleted, in all sequences so far.
    """

    steps = taken = 0
    wanted: dict[str, bytes]
    foreign: dict[str, bytes]
    drifted: set[str]
    recorded: dict[str, bytes]

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.program: dict[str, Any] = {"files": {}}
        self.started = False
        self.forget()

    def forget(self) -> None:
        self.wanted, self.foreign, self.drifted, self.recorded = {}, {}, set(), {}

    def begin(self, adapter: str) -> Life:
        """Choose a resource that does not exist yet."""
        return Life(ADAPTERS[adapter](Path(self.directory.name), endpoint=self.server.url, apiKey=KEY))

    @initialize(adapter=st.sampled_from(sorted(ADAPTERS)))
    def start(self, adapter: str) -> None:
        self.server = LocalServer(data=Path(self.directory.name) / "server", clear_polls=1).start()
        self.life = self.begin(adapter)
        self.started = True

    def teardown(self) -> None:
        if self.started:
            self.server.check()
            self.server.stop()
        self.directory.cleanup()

    @property
    def held(self) -> dict[str, bytes]:
        """Return the files that the server stores in the context."""
        return holds(self.server, KEY, self.life.id) if self.life.id else {}

    @rule(program=PROGRAMS)
    def up(self, program: dict[str, Any]) -> None:
        """Run `up`, and again after a fault. Every `up` that succeeds must deploy the program."""
        self._apply(program)

    @rule()
    def up_again(self) -> None:
        """Run `up` on an unchanged program."""
        self._apply(self.program)

    def _apply(self, program: dict[str, Any]) -> None:
        self._count()
        program = {**program, "ignoreFiles": IGNORED}
        wanted = {path: text.encode() for path, text in program.get("files", {}).items()}
        held, recorded = self.held, set(self.life.outputs.get("unmanagedFiles") or {})
        before, before_id, generation = self.wanted, self.life.id, self.life.outputs.get("generation")
        try:
            action = self.life.up(**program)
        except RefusedError as error:
            every_text(error)
            self._no_fault_is_left()
            action = self._up_after(error, program)
        if action == "same":
            assert wanted == before or before_id
        erased = self.life.id != before_id or self.life.outputs["generation"] != generation
        if before_id and erased:
            self.foreign, self.drifted, self.recorded = {}, set(), {}
            self.all_is_erased()
        elif program.get("exclusive"):
            self._recorded_files_are_gone(recorded, held)
        self.drifted &= {path for path in wanted if before.get(path) == wanted[path]}
        self.program, self.wanted = program, wanted

    def _recorded_files_are_gone(self, recorded: set[str], held: dict[str, bytes]) -> None:
        """Require that recorded files are deleted, unless another program has written to them since."""
        for path in recorded & self.foreign.keys():
            if held.get(path, self.recorded[path]) == self.recorded[path]:
                self._is_gone(path)

    def _is_gone(self, path: str) -> None:
        assert path not in self.held, f"{path} was recorded, and still exists"
        del self.foreign[path]
        type(self).taken += 1

    def all_is_erased(self) -> None:
        """Record that a clear or a replacement has erased all files."""

    def _up_after(self, error: RefusedError, program: dict[str, Any]) -> str:
        """Run the same program again. Exceptions are the windows of a create and the results of a failed update."""
        try:
            return self.life.up(**program)
        except RefusedError as again:
            if "a failed update may have written it" in str(again):
                return self.life.up(**program, overwriteFiles=True)
            unrecorded = "name" in program and "it is empty and has no owner record" in str(again)
            finished = "belongs to resource 'data' of stack dev" in str(again)
            assert unrecorded or finished, f"does not converge: {error}; then: {again}"
            assert "adopt" in str(again), f"does not converge: {error}; then: {again}"
            return self.life.up(**program, adopt=True)

    def _no_fault_is_left(self) -> None:
        for fault in self.server.faults:
            fault.times = 0

    @rule()
    def refresh(self) -> None:
        """Run `refresh`, and again after a fault. The next `up` must repair the drift that it finds."""
        self._count()
        if not self.life.id:
            return
        try:
            there = self.life.refresh()
        except RefusedError as error:
            every_text(error)
            self._no_fault_is_left()
            there = self.life.refresh()
        assert there
        held, by_content = self.held, self.program.get("driftCheck") == "content"
        self.drifted = {
            path
            for path in self.drifted
            if not by_content and len(held.get(path, b"")) == len(self.wanted[path]) and path in held
        }
        self.wanted = {path: content for path, content in self.wanted.items() if self._undrifted(path, held)}
        recorded = (self.life.outputs.get("unmanagedFiles") or {}).keys()
        self.recorded = {path: content for path, content in held.items() if path in recorded}
        exclusive = self.life.outputs.get("exclusive")
        others = {path for path in self.foreign if not path.startswith("/shared/")} if exclusive else set()
        assert recorded & self.foreign.keys() == others, "a refresh must record exactly the unmanaged files"

    def _undrifted(self, path: str, held: dict[str, bytes]) -> bool:
        return path in self.drifted or held.get(path) == self.wanted[path]

    @precondition(lambda self: self.started and self.life.id)
    @rule()
    def destroy(self) -> None:
        """Run `destroy`, and again after a fault."""
        self._count()
        try:
            self.life.destroy()
        except RefusedError as error:
            every_text(error)
            self._no_fault_is_left()
            self.life.destroy()
        assert self.server.contexts(KEY) == []
        self.forget()

    @rule(
        operation=st.sampled_from(OPERATIONS),
        kind=st.sampled_from(KINDS),
        occurrence=st.integers(1, 4),
        times=st.sampled_from([1, 1000]),
    )
    def fault(self, operation: str, kind: tuple[str, dict[str, Any]], occurrence: int, times: int) -> None:
        """Let a request of the next commands fail."""
        self._count()
        self._no_fault_is_left()
        self.server.fault(operation, kind[0], occurrence=occurrence, times=times, **kind[1])

    @rule()
    def restart(self) -> None:
        """Restart the server with the same data and port."""
        self._count()
        port = int(self.server.url.rpartition(":")[2])
        self.server.stop()
        self.server = LocalServer(data=Path(self.directory.name) / "server", port=port, clear_polls=1).start()

    @rule(path=st.sampled_from(["/agent/notes", "/c/theirs"]), content=CONTENTS)
    def another_program_writes(self, path: str, content: str) -> None:
        """Write another file, as an agent's session does."""
        self._count()
        if self.life.id:
            self.server.put_file(KEY, self.life.id, path, content.encode())
            self.foreign[path] = content.encode()

    @precondition(lambda self: self.started and self.life.id)
    @rule(content=CONTENTS, rewritten=st.booleans())
    def an_exclusive_context_deletes_files_of_others(self, content: str, rewritten: bool) -> None:
        """Run the whole sequence: an unmanaged file, a refresh and, sometimes, a later change of the file's content."""
        self._apply({**self.program, "exclusive": True})
        self.another_program_writes("/agent/notes", content)
        self.refresh()
        if rewritten:
            self.another_program_writes("/agent/notes", f"{content} rewritten")
        self._apply(self.program)
        assert ("/agent/notes" in self.held) == rewritten

    @rule(data=st.data(), content=st.none() | CONTENTS)
    def another_program_touches_a_seeded_file(self, data: Any, content: str | None) -> None:
        """Delete or rewrite a seeded file, as an agent's session does."""
        self._count()
        if not self.held.keys() & self.wanted.keys():
            return
        path = data.draw(st.sampled_from(sorted(self.held.keys() & self.wanted.keys())))
        if content is None:
            self.server.remove_file(KEY, self.life.id, path)
        else:
            self.server.put_file(KEY, self.life.id, path, content.encode())
        self.drifted.add(path)

    @precondition(lambda self: self.started and self.life.id)
    @rule()
    def another_program_deletes_the_context(self) -> None:
        """Delete the context. An `up` with changes must report the remedy, and a refresh must notice the deletion."""
        self._count()
        self._no_fault_is_left()
        ContextService(Account(self.server.url, KEY, timeout=20)).delete(Context(self.life.id, ""))
        lost = copy(self.life)
        try:
            lost.up(files={"/a": "not there"}, **{k: v for k, v in self.program.items() if k == "name"})
        except RefusedError as error:
            assert "pulumi up --refresh" in str(error) or "exists" in str(error), str(error)
        else:
            raise AssertionError("an update of a context that is gone succeeded")
        assert not self.life.refresh()
        self.forget()

    @precondition(lambda self: self.started and self.life.id)
    @rule()
    def the_state_is_lost_before_it_is_written(self) -> None:
        """Run a command whose engine is killed before it writes the state, then the same command again."""
        self._count()
        self._no_fault_is_left()
        lost = copy(self.life)
        program = {**self.program, "files": {**self.program["files"], "/a": "after the crash"}}
        lost.up(**program)
        self._apply(program)

    def _count(self) -> None:
        type(self).steps += 1

    @invariant()
    def the_server_holds_what_it_must(self) -> None:
        if not self.started:
            return
        held = self.held
        assert len(self.server.contexts(KEY)) == bool(self.life.id), self.server.contexts(KEY)
        assert held.items() >= self.foreign.items(), "a file of another writer is lost"
        undrifted = {path: content for path, content in self.wanted.items() if path not in self.drifted}
        assert held.items() >= undrifted.items(), "a seeded file is missing or wrong"
