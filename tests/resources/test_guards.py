"""Tests of exclusive contents and `max_deletes` in the dynamic resources: the output and the files in the context."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pulumi.automation import CommandError

from .conftest import KEY, Project
from .test_plans import lines, preview

pytestmark = pytest.mark.timeout(600)  # a command of the CLI takes seconds, and ten on a busy machine
PROGRAM = "agb.Context('data', name='data', files={'/a': 'one'}, exclusive=True, ignore_files=['*.log']"
SEEDED = {"/a": b"one"}


def deploy(project: Project, more: str = "", files: tuple[str, ...] = ()) -> str:
    """Deploy an exclusive context into which an agent then writes files, and return its id."""
    project.program(f"{PROGRAM}{more})")
    project.up()
    context_id = project.contexts["data"]
    for path in files:
        project.server.put_file(KEY, context_id, path, b"agent")
    return context_id


def text_of(result: Any) -> str:
    return f"{result.stdout}\n{result.stderr}"


def test_an_exclusive_context_loses_what_a_refresh_recorded_and_nothing_else(project: Project) -> None:
    context_id = deploy(project, files=("/x/one", "/x/two", "/keep.log"))
    assert lines(preview(project)) == []
    with pytest.raises(CommandError, match="no changes were expected"):
        project.stack().preview(refresh=True, expect_no_changes=True)
    assert lines(text_of(project.stack().refresh())) == [
        "found 2 unmanaged files (/x/one, /x/two). Because `exclusive` is set, the next `pulumi up` deletes those that "
        "have not changed by then. To keep a file, add its path to `ignore_files`."
    ]
    text = preview(project, diff=True)
    assert lines(text) == ["1 file unchanged; 2 unmanaged files to delete (/x/one, /x/two)"]
    assert "warning: data: " in text
    assert set(re.findall(r"/x/\w+(?=\W*:)", text)) == {"/x/one", "/x/two"}
    project.server.put_file(KEY, context_id, "/x/one", b"agent writes again")
    project.server.put_file(KEY, context_id, "/later", b"agent")
    result = project.up()
    kept = {**SEEDED, "/keep.log": b"agent", "/later": b"agent", "/x/one": b"agent writes again"}
    assert project.files("data") == kept
    [line] = lines(text_of(result))
    assert line.startswith("kept 1 unmanaged file (/x/one), which changed after the last refresh.")
    assert [record.path for record in project.requests("DeleteContextFile")] == ["/x/two"]
    [line] = lines(text_of(project.stack().up(refresh=True)))
    assert line.startswith("found 2 unmanaged files (/later, /x/one).")
    assert project.files("data") == kept, "the plan could not name what the refresh after it finds"
    project.up()
    assert project.files("data") == {**SEEDED, "/keep.log": b"agent"}
    project.stack().preview(refresh=True, expect_no_changes=True)


def test_the_paths_in_the_warning_of_a_directory_work_in_ignore_files(project: Project) -> None:
    """Guard against a warning with paths of the context, which patterns below a directory do not match."""
    program = """
        shared = agb.Context("shared", name="shared")
        agb.ContextDirectory("seed", context=shared, path="/data", files={{"/a": "one"}}, exclusive=True,
                             ignore_files={})
        """
    project.program(program.format([]))
    project.up()
    context_id = project.contexts["shared"]
    for path in ("/data/x", "/data/y", "/outside"):
        project.server.put_file(KEY, context_id, path, b"agent")
    text = text_of(project.stack().refresh())
    directory = f"{context_id}/data/"
    [line] = lines(text, directory)
    assert line.startswith("found 2 unmanaged files (/x, /y). Because `exclusive` is set")
    project.program(program.format(["/y"]))
    assert lines(preview(project), "seed") == ["1 file unchanged; 1 unmanaged file to delete (/x)"]
    project.up()
    assert project.files("shared") == {"/data/a": b"one", "/data/y": b"agent", "/outside": b"agent"}
    project.stack().preview(refresh=True, expect_no_changes=True)


def test_more_than_twenty_unmanaged_files_are_named_up_to_a_number_and_max_deletes_refuses_them(
    project: Project,
) -> None:
    deploy(project, ", max_deletes=24", files=tuple(f"/x/{number:02}" for number in range(25)))
    [line] = lines(text_of(project.stack().refresh()))
    names = ", ".join(f"/x/{number:02}" for number in range(20))
    assert line.startswith(f"found 25 unmanaged files ({names} and 5 more). ")
    refused = (
        "Refused to update 'data': the update would delete 25 files (/x/00, /x/01, /x/02 and 22 more), and "
        "`max_deletes` is 24. Check the preview. To accept the deletes, increase `max_deletes`."
    )
    for command in ("preview", "up"):
        with pytest.raises(CommandError) as failed:
            getattr(project.stack(), command)()
        assert refused in str(failed.value)
    assert len(project.files("data")) == 26
    assert project.requests("DeleteContextFile") == []
    project.stack().refresh()
    project.program(f"{PROGRAM}, max_deletes=25)")
    project.up()
    assert project.files("data") == SEEDED


def test_max_deletes_counts_files_that_left_the_program(project: Project) -> None:
    project.program("agb.Context('data', name='data', files={'/a': 'one', '/b': 'two'}, max_deletes=0)")
    project.up()
    project.program("agb.Context('data', name='data', files={'/b': 'two'}, max_deletes=0)")
    with pytest.raises(CommandError, match=r"would delete 1 file \(/a\), and `max_deletes` is 0"):
        project.stack().preview()
    assert project.files("data") == {"/a": b"one", "/b": b"two"}


def test_a_refused_change_is_not_reported_as_unrecorded(project: Project) -> None:
    """Guard against an error that called changes unrecorded although none were made."""
    program = "agb.Context('data', name='data', files={{'/a': {!r}}}, when_in_use='fail')"
    project.program(program.format("one"))
    project.up()
    project.server.set_state(project.contexts["data"], "in-use")
    project.program(program.format("two"))
    with pytest.raises(CommandError) as failed:
        project.stack().up()
    refused = "a session is using it, and `when_in_use` is 'fail'. Try again after the session has ended, or set"
    assert refused in str(failed.value)
    assert "not recorded" not in str(failed.value)
    assert project.files("data") == SEEDED
