"""Random sequences on a context that contains a directory seeded by another program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.holding import holds
from tests.plugin.adapters import Life, RefusedError

from .machine import CONTENTS, ContextMachine
from .matrix import ADAPTERS, every_text
from .scenarios import KEY

PATH = "/shared"
THEIRS = st.sampled_from(["/shared/theirs", "/shared/kept.log"])
PROGRAMS = st.fixed_dictionaries(
    {"files": st.dictionaries(st.sampled_from(["/a", "/c/d"]), CONTENTS, max_size=2)},
    optional={"exclusive": st.booleans(), "driftCheck": st.sampled_from(["size", "content"])},
)
IGNORED = ["*.log"]


class DirectoryMachine(ContextMachine):
    """A context with a `ContextDirectory` of another program.

    Attributes:
        seeded: path in the context to content of the directory's files after the last successful command.
        noted: path to content of the unmanaged files that the last refresh of an exclusive directory has recorded.
    """

    seeded: dict[str, bytes]
    noted: dict[str, bytes]

    def forget(self) -> None:
        super().forget()
        self.all_is_erased()

    def all_is_erased(self) -> None:
        self.seeded, self.noted = {}, {}

    @initialize(adapter=st.sampled_from(sorted(ADAPTERS)))
    def start_another_program(self, adapter: str) -> None:
        self.other_adapter = adapter
        self.directory_life: Life | None = None

    def _directory(self) -> Life:
        """Return the resource of the other program. It keeps its state when the server restarts."""
        if self.directory_life is None:
            adapter = ADAPTERS[self.other_adapter](Path(self.directory.name), endpoint=self.server.url, apiKey=KEY)
            self.directory_life = Life(adapter, "ContextDirectory", "shared")
        return self.directory_life

    @precondition(lambda self: self.started and self.life.id)
    @rule(program=PROGRAMS)
    def directory_up(self, program: dict[str, Any]) -> None:
        """Run `up` of the directory, and again after a fault."""
        self._count()
        life = self._directory()
        generation = self.life.outputs["generation"]
        said = {"contextId": self.life.id, "contextGeneration": generation, "path": PATH, "ignoreFiles": IGNORED}
        held, noted = self.held, set(life.outputs.get("unmanagedFiles") or {})
        stays = (life.outputs.get("contextId"), life.outputs.get("contextGeneration")) == (self.life.id, generation)
        try:
            life.up(**program, **said)
        except RefusedError as error:
            every_text(error)
            self._no_fault_is_left()
            try:
                life.up(**program, **said)
            except RefusedError as again:
                assert "a failed update may have written it" in str(again), f"does not converge: {error}; then: {again}"
                life.up(**program, **said, overwriteFiles=True)
        self.seeded = {PATH + path: text.encode() for path, text in program["files"].items()}
        if program.get("exclusive") and stays:
            for path in {PATH + path for path in noted} & self.foreign.keys():
                if held.get(path, self.noted[path]) == self.noted[path]:
                    self._is_gone(path)

    @precondition(lambda self: self.started and self.life.id and self.directory_life and self.directory_life.id)
    @rule()
    def directory_refresh(self) -> None:
        """Run `refresh` of the directory, and again after a fault."""
        self._count()
        life = self._directory()
        try:
            there = life.refresh()
        except RefusedError as error:
            every_text(error)
            self._no_fault_is_left()
            there = life.refresh()
        held, in_it = self.held, life.id.startswith(f"{self.life.id}/")
        recorded = {PATH + path for path in life.outputs.get("unmanagedFiles") or {}}
        assert there or not in_it
        if in_it:
            self.noted = {path: content for path, content in held.items() if path in recorded}
            exclusive = life.outputs.get("exclusive")
            others = {path for path in self.foreign if path.startswith(PATH) and not path.endswith(".log")}
            assert recorded & self.foreign.keys() == (others if exclusive else set())

    @precondition(lambda self: self.started and self.directory_life and self.directory_life.id)
    @rule()
    def directory_destroy(self) -> None:
        """Run `destroy` of the directory, and again after a fault. The context and all other files must remain."""
        self._count()
        life, before = self._directory(), self.held
        own = {path for path in self.seeded if life.id.startswith(f"{self.life.id}/")} if self.life.id else set()
        try:
            life.destroy()
        except RefusedError as error:
            every_text(error)
            self._no_fault_is_left()
            life.destroy()
        assert self.held == {path: content for path, content in before.items() if path not in own}
        self.seeded, self.noted = {}, {}

    @precondition(lambda self: self.started and self.life.id)
    @rule(content=CONTENTS, rewritten=st.booleans(), files=PROGRAMS)
    def an_exclusive_directory_deletes_files_of_others(
        self, content: str, rewritten: bool, files: dict[str, Any]
    ) -> None:
        """Run the whole sequence: an unmanaged file, a refresh and, sometimes, a later change of the file's content."""
        self.directory_up({**files, "exclusive": True})
        self.another_program_writes("/shared/theirs", content)
        self.directory_refresh()
        if rewritten:
            self.another_program_writes("/shared/theirs", f"{content} rewritten")
        self.directory_up({**files, "exclusive": True})
        assert ("/shared/theirs" in self.held) == rewritten

    @rule(path=THEIRS, content=CONTENTS)
    def another_program_writes_in_the_directory(self, path: str, content: str) -> None:
        """Write another file in the directory, as an agent's session does."""
        self.another_program_writes(path, content)

    @invariant()
    def the_directory_holds_what_it_must(self) -> None:
        if self.started and self.life.id:
            held = holds(self.server, KEY, self.life.id)
            assert held.items() >= self.seeded.items(), "a file of the directory is missing or wrong"
