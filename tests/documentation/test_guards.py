"""Tests of claims on the pages about directories, `exclusive` and guards, each with a whole program."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandError

from pulumi_agbcontext.testing import LocalServer
from tests.holding import holds

HEAD = "import pulumi\nimport pulumi_agbcontext as agb\n"
EXCLUSIVE = "data = agb.Context('data', files={'/a': 'a'}, exclusive=True)"
SEVEN = "files={f'/{number}': 'x' for number in range(7)}"


class Project:
    """A project with one stack, and the only context on the server."""

    def __init__(self, directory: Path, open_stack: Callable[..., Any], server: LocalServer, key: str) -> None:
        self._directory, self._open, self._server, self._key = directory, open_stack, server, key
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text(f"name: {directory.name}\nruntime: python\n")

    def stack(self, program: str) -> Any:
        """Write the program and return its stack."""
        (self._directory / "__main__.py").write_text(HEAD + program + "\n")
        return self._open(self._directory)

    @property
    def context_id(self) -> str:
        """Return the id of the only context."""
        [context] = self._server.contexts(self._key)
        return str(context["id"])

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files in the only context, without the owner record."""
        return holds(self._server, self._key, self.context_id)

    def put(self, path: str, content: bytes) -> None:
        """Write a file as an agent would."""
        self._server.put_file(self._key, self.context_id, path, content)


@pytest.fixture
def new_project(
    agb_stack: Callable[..., Any],
    agb_server: LocalServer,
    agb_api_key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], Project]:
    """Return a function that creates a project."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # programs are rewritten within one second
    agb_server.behave(clear_seconds=0.1)
    return lambda name: Project(tmp_path / name, agb_stack, agb_server, agb_api_key)


@pytest.fixture
def project(new_project: Callable[[str], Project]) -> Project:
    """Return an empty project."""
    return new_project("guarded")


def test_exclusive_counts_from_the_refresh_after_the_next_up(project: Project) -> None:
    project.stack(EXCLUSIVE.replace(", exclusive=True", "")).up()
    project.put("/agent", b"x")
    project.stack(EXCLUSIVE).up(refresh=True)
    project.stack(EXCLUSIVE).up()
    assert set(project.files) == {"/a", "/agent"}
    project.stack(EXCLUSIVE).refresh()
    project.stack(EXCLUSIVE).up()
    assert set(project.files) == {"/a"}


def test_a_plan_shows_each_unmanaged_file_and_warns_with_their_number(project: Project) -> None:
    project.stack(EXCLUSIVE).up()
    project.put("/agent", b"x")
    stack = project.stack(EXCLUSIVE)
    stack.refresh()
    plan = stack.preview().stdout
    assert "warning: data: 1 file unchanged; 1 unmanaged file to delete (/agent)" in plan
    assert '- unmanagedFiles["/agent"]' in plan


def test_a_destroy_of_an_exclusive_directory_deletes_no_unmanaged_files(
    new_project: Callable[[str], Project],
) -> None:
    owner = new_project("owner")
    owner.stack("agb.Context('data')").up()
    program = f"agb.ContextDirectory('seed', context_id='{owner.context_id}', path='/seed', files={{'/a': 'a'}}"
    seed = new_project("seed").stack(f"{program}, exclusive=True)")
    seed.up()
    owner.put("/seed/agent", b"x")
    seed.refresh()
    seed.destroy()
    assert set(owner.files) == {"/seed/agent"}


def test_the_version_is_read_immediately_before_each_delete(project: Project, agb_server: LocalServer) -> None:
    project.stack(EXCLUSIVE).up()
    project.put("/agent", b"x")
    stack = project.stack(EXCLUSIVE)
    stack.refresh()
    since = len(agb_server.requests)
    stack.up()
    about = [record.operation for record in agb_server.requests[since:] if record.path == "/agent"]
    assert about == ["GetContextFileDownloadUrl", "Download", "DeleteContextFile"]


def test_a_file_that_is_overwritten_with_the_same_content_is_deleted(project: Project) -> None:
    project.stack(EXCLUSIVE).up()
    project.put("/agent", b"x")
    stack = project.stack(EXCLUSIVE)
    stack.refresh()
    project.put("/agent", b"x")
    stack.up()
    assert set(project.files) == {"/a"}


def test_a_session_that_ends_restores_files_and_the_next_refresh_records_them(project: Project) -> None:
    project.stack(EXCLUSIVE).up()
    project.put("/agent", b"x")
    stack = project.stack(EXCLUSIVE)
    for _ in range(2):
        stack.refresh()
        stack.up()
        assert set(project.files) == {"/a"}
        project.put("/agent", b"x")
    with pytest.raises(CommandError, match="no changes were expected"):
        stack.preview(refresh=True, expect_no_changes=True)


def test_a_directory_is_uploaded_again_in_the_update_that_clears_its_context(project: Project) -> None:
    program = (
        "data = agb.Context('data', clear_triggers=['v1'], clear_in_place=True)\n"
        "agb.ContextDirectory('seed', context=data, path='/seed', files={'/a': 'a'})"
    )
    project.stack(program).up()
    project.put("/agent", b"x")
    project.stack(program.replace("v1", "v2")).up()
    assert set(project.files) == {"/seed/a"}


def test_two_programs_that_declare_one_file_both_record_it_and_the_first_destroy_deletes_it(
    new_project: Callable[[str], Project],
) -> None:
    owner = new_project("owner")
    owner.stack("agb.Context('data')").up()
    program = f"agb.ContextDirectory('seed', context_id='{owner.context_id}', path='/seed', files={{'/a': 'a'}})"
    first, second = (new_project(name).stack(program) for name in ("first", "second"))
    first.up()
    second.up()
    first.destroy()
    assert owner.files == {}


def test_the_preview_does_not_refuse_a_replacement_that_force_destroy_refuses(project: Project) -> None:
    program = "agb.Context('data', clear_triggers=['v1'], force_destroy=False)"
    project.stack(program).up()
    project.put("/agent", b"x")
    stack = project.stack(program.replace("v1", "v2"))
    stack.preview()
    with pytest.raises(CommandError, match=r"contains 1 file \(/agent\) that this resource did not seed"):
        stack.up()
    assert set(project.files) == {"/agent"}


def test_files_of_a_directory_prevent_a_guarded_clear_and_no_guarded_destroy(project: Project) -> None:
    program = (
        "data = agb.Context('data', clear_triggers=['v1'], clear_in_place=True, force_destroy=False)\n"
        "agb.ContextDirectory('seed', context=data, path='/seed', files={'/a': 'a'})"
    )
    project.stack(program).up()
    with pytest.raises(CommandError, match=r"contains 1 file \(/seed/a\) that this resource did not seed"):
        project.stack(program.replace("v1", "v2")).up()
    project.stack(program).destroy()


def test_a_listing_that_lags_refuses_a_guarded_destroy_until_it_is_run_again(
    project: Project, agb_server: LocalServer, agb_api_key: str
) -> None:
    program = (
        "data = agb.Context('data', force_destroy=False)\n"
        "agb.ContextDirectory('seed', context=data, path='/seed', files={'/a': 'a'})"
    )
    stack = project.stack(program)
    stack.up()
    stale = {"fileId": "1", "fileName": "a", "filePath": "/seed/a", "fileType": "file", "size": 1, "gmtModified": "1"}
    answer = {"success": True, "code": "ok", "httpStatusCode": 200, "data": [stale], "count": 1, "requestId": "R"}
    agb_server.fault("DescribeContextFiles", "answer", content=json.dumps(answer))
    with pytest.raises(CommandError, match=r"contains 1 file \(/seed/a\) that this resource did not seed"):
        stack.destroy()
    stack.destroy()
    assert agb_server.contexts(agb_api_key) == []


def test_a_session_that_ends_after_an_update_undoes_it_and_the_next_refresh_finds_it(project: Project) -> None:
    program = "agb.Context('data', files={'/a': 'old'}, when_in_use='fail')"
    project.stack(program).up()
    stack = project.stack(program.replace("old", "newer"))
    stack.up()
    project.put("/a", b"old")  # the copy of a session that began before the update
    stack.up(refresh=True)
    assert project.files == {"/a": b"newer"}


def test_max_deletes_refuses_a_program_that_declares_fewer_files_already_in_the_preview(project: Project) -> None:
    project.stack(f"agb.Context('data', {SEVEN}, max_deletes=3)").up()
    stack = project.stack("agb.Context('data', files={'/0': 'x'}, max_deletes=3)")
    with pytest.raises(CommandError, match="would delete 6 files"):
        stack.preview()
    assert len(project.files) == 7


def test_max_deletes_refuses_to_move_a_directory_with_more_files(project: Project) -> None:
    program = f"agb.ContextDirectory('seed', context=agb.Context('data'), path='/seed', {SEVEN}, max_deletes=6)"
    project.stack(program).up()
    with pytest.raises(CommandError, match="would delete 7 files"):
        project.stack(program.replace("/seed", "/other")).preview()


def test_max_deletes_does_not_limit_a_replacement_of_a_context(project: Project) -> None:
    program = f"agb.Context('data', {SEVEN}, clear_triggers=['v1'], max_deletes=0)"
    project.stack(program).up()
    before = project.context_id
    project.stack(program.replace("v1", "v2")).up()
    assert project.context_id != before
