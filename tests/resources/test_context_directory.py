"""Tests of `agb.ContextDirectory` in real programs, on the test engine and, if it is installed, on the Pulumi CLI."""

from __future__ import annotations

import re

import pytest
from pulumi.automation import CommandError, ConfigValue

from pulumi_agbcontext.client import Account, ContextService

from .conftest import KEY, Project
from .test_context import _state_files
from .test_plans import lines, preview

pytestmark = pytest.mark.timeout(600)  # a command of the CLI takes seconds, and ten on a busy machine
THEIRS = {"/readme": b"theirs", "/data/agent.txt": b"agent"}


class Other:
    """A context of another program, with its own files inside and outside the directory."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.id = ContextService(Account(project.server.url, KEY)).create("theirs").context_id
        for path, content in THEIRS.items():
            project.server.put_file(KEY, self.id, path, content)

    def declare(self, properties: str, before: str = "") -> None:
        """Replace the program with one that declares a directory in the context."""
        self.project.program(f"{before}\nseed = agb.ContextDirectory('seed', context_id='{self.id}', {properties})\n")

    def up(self) -> list[str]:
        """Run `up`, require that nothing is left to do, and return the paths that were uploaded."""
        since = len(self.project.server.requests)
        self.project.up()
        return sorted(one.path for one in self.project.server.requests[since:] if one.operation == "Upload")

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files in the context."""
        return self.project.files("theirs")


@pytest.fixture
def other(project: Project) -> Other:
    return Other(project)


def test_a_directory_from_a_source_follows_its_files_and_leaves_all_others(other: Other, project: Project) -> None:
    for path, content in {"a.txt": "one", "sub/b.txt": "two", "skip.log": "x", ".hidden": "x"}.items():
        project.write(f"seed/{path}", content)
    properties = "path='/data', source='seed', exclude=['*.log']"
    other.declare(properties)
    assert lines(preview(project), "seed") == [
        "2 files to add, 6 B to upload; 2 local entries not uploaded (hidden, excluded or ignored)"
    ]
    assert other.up() == ["/data/a.txt", "/data/sub/b.txt"]
    assert other.files == {**THEIRS, "/data/a.txt": b"one", "/data/sub/b.txt": b"two"}
    project.settle()
    project.write("seed/a.txt", "edited")
    (project.directory / "seed" / "sub" / "b.txt").unlink()
    [line] = lines(preview(project), "seed")
    assert line.startswith("1 file to overwrite (/a.txt), 1 file to delete (/sub/b.txt), 6 B to upload; other files ")
    assert other.up() == ["/data/a.txt"]
    assert other.files == {**THEIRS, "/data/a.txt": b"edited"}
    project.stack().destroy()
    assert other.files == THEIRS


def test_secret_files_of_a_directory_are_encrypted_in_every_state(other: Other, project: Project) -> None:
    other.declare(
        "path='/data', files={'/a': 'one'}, secret_files={'/env': pulumi.Config().require_secret('password')}"
    )
    result = project.up(password=ConfigValue("canary-1", secret=True))
    assert other.files == {**THEIRS, "/data/a": b"one", "/data/env": b"canary-1"}
    on_disk = "".join(path.read_text(errors="replace") for path in _state_files(project))
    assert "one" in on_disk
    assert "canary-1" not in on_disk + result.stdout + result.stderr


def test_drift_in_a_directory_is_found_by_a_refresh_and_repaired(other: Other, project: Project) -> None:
    other.declare("path='/data', files={'/a': 'one', '/b': 'two', '/c': 'three'}")
    other.up()
    project.server.put_file(KEY, other.id, "/data/a", b"longer")
    project.server.remove_file(KEY, other.id, "/data/b")
    project.stack().refresh()
    assert other.up() == ["/data/a", "/data/b"]
    assert other.files == {**THEIRS, "/data/a": b"one", "/data/b": b"two", "/data/c": b"three"}


def test_a_new_path_replaces_a_directory_and_moves_only_its_files(other: Other, project: Project) -> None:
    other.declare("path='/data', files={'/a': 'one'}")
    other.up()
    other.declare("path='/moved', files={'/a': 'one'}")
    text = preview(project)
    assert lines(text, "seed") == ["1 file to add, 1 file to delete (/a), 3 B to upload"]
    assert "warning: seed: " in text
    assert other.up() == ["/moved/a"]
    assert other.files == {**THEIRS, "/moved/a": b"one"}


def test_a_directory_is_uploaded_again_after_its_context_was_cleared_in_place(project: Project) -> None:
    project.program(
        """
        shared = agb.Context("shared", name="shared", clear_in_place=True,
                             clear_triggers=[pulumi.Config().require("version")])
        seed = agb.ContextDirectory("seed", context=shared, path="/data", files={"/a": "one", "/b": "two"})
        pulumi.export("generation", seed.context_generation)
        """
    )
    project.up(version="1")
    context_id = project.contexts["shared"]
    result = project.up(version="2")
    assert result.summary.resource_changes == {"update": 2, "same": 1}
    assert result.outputs["generation"].value == 2
    assert project.contexts == {"shared": context_id}
    assert project.files("shared") == {"/data/a": b"one", "/data/b": b"two"}
    project.settle()


def test_a_directory_of_another_stack_is_read_and_never_changed(other: Other, project: Project) -> None:
    project.program(
        f"""
        seed = agb.ContextDirectory.get("seed", "{other.id}/data/")
        pulumi.export("found", [seed.id, seed.context_id, seed.path, seed.file_count])
        """
    )
    outputs = project.up(reads=True).outputs
    assert outputs["found"].value == [f"{other.id}/data/", other.id, "/data", 0]
    project.stack().destroy()
    assert other.files == THEIRS


def test_a_directory_accepts_its_context_or_an_id_but_not_both(project: Project) -> None:
    project.program(
        """
        shared = agb.Context("shared", name="shared")
        agb.ContextDirectory("seed", context=shared, context_id=shared.id, path="/data", files={"/a": "one"})
        """
    )
    with pytest.raises(CommandError, match="set either `context`, or `context_id` and `context_generation`"):
        project.stack().preview()


@pytest.mark.parametrize(
    ("properties", "another", "reason"),
    [
        (
            "path='/data', files={'/a': 'one'}",
            "agb.ContextDirectory('again', context_id=ID, path='/data', files={'/b': 'two'})",
            "path: the path '/data' is already used by resource '(again|seed)'; remove it from one of them",
        ),
        (
            "path='/data', files={'/a': 'one'}",
            "agb.ContextFile('again', context_id=ID, path='/data/a', content='two')",
            "path: the path '/data/a' is already used by resource '(again|seed)'; remove it from one of them",
        ),
        (
            "path='/data', exclusive=True",
            "agb.ContextFile('again', context_id=ID, path='/data/a', content='two')",
            "path: the path '/data/a' conflicts with resource '(again|seed)', because one of the two sets `exclusive` "
            "for a directory that contains it; declare the file there, or add a pattern for it to `ignore_files`",
        ),
        (
            "path='/data', source='seed', files={'/a': 'one'}",
            "",
            "source: set either `files` or `source`, not both",
        ),
    ],
    ids=["two-directories", "file", "exclusive", "files-and-source"],
)
def test_a_conflict_is_refused_in_the_preview(
    other: Other, project: Project, properties: str, another: str, reason: str
) -> None:
    other.declare(properties, another.replace("ID", repr(other.id)))
    with pytest.raises(CommandError) as failed:
        project.stack().preview()
    assert re.search(reason, str(failed.value))
    assert project.requests("Upload", "DeleteContextFile") == []


def test_a_context_and_a_directory_with_one_file_path_conflict_in_the_update(project: Project) -> None:
    program = """
        shared = agb.Context("shared", name="shared", files={{"/data/a": "one"}})
        {}agb.ContextDirectory("seed", context=shared, path="/data", files={{"/a": "two"}})
        """
    project.program(program.format("# "))
    project.up()
    project.program(program.format(""))
    with pytest.raises(CommandError, match=r"path: the path '/data/a' is already used by resource 'shared'"):
        project.stack().up()
    assert project.files("shared") == {"/data/a": b"one"}
