"""Tests of `python -m pulumi_agbcontext upload`: the files that it stores, its refusals, and its continuation."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from pulumi_agbcontext.commands.download_record import RECORD
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD

from .conftest import INTERRUPTED, KEY, MIB, Commands, ended, local_files, many_files, wait_until, write

FILES = {"/a.txt": b"a", "/empty": b"", "/.hidden/b": b"b", "/d/e/f/g": b"g" * 300_000, "/é ☃.md": b"snow"}


def uploads(commands: Commands) -> list[str]:
    """Return the paths that were uploaded."""
    return [record.path or "" for record in commands.server.requests if record.operation == "Upload"]


def test_every_file_is_uploaded_except_the_records(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, {**FILES, OWNER_RECORD: b"{}", f"/{RECORD}": b"{}", "/d/.agbcontext-part-1": b"half"})
    done = commands.run("upload", tmp_path, commands.context_id)
    assert done.code == 0, done.err
    assert commands.stored == FILES
    assert done.out == f"Uploaded 5 files (293.0 KiB) from {tmp_path} to context {commands.context_id}.\n"
    assert done.err == ""


def test_a_download_is_restored_into_an_empty_context(commands: Commands, tmp_path: Path) -> None:
    for path, content in {**FILES, OWNER_RECORD: b"{}"}.items():
        commands.put(path, content)
    commands.here("download", commands.context_id, tmp_path)
    for path in FILES:
        commands.server.remove_file(KEY, commands.context_id, path)
    assert commands.here("upload", tmp_path, commands.context_id).code == 0
    assert commands.stored == {**FILES, OWNER_RECORD: b"{}"}


def test_files_that_are_stored_with_the_same_content_are_skipped(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    commands.put("/d/e/f/g", b"g" * 300_000)
    done = commands.here("upload", tmp_path, commands.context_id)
    assert sorted(uploads(commands)) == ["/.hidden/b", "/a.txt", "/empty", "/é ☃.md"]
    assert done.out.endswith(". 1 file already up to date.\n")


def test_a_stored_file_with_another_content_is_replaced_only_with_overwrite(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, {f"/{number}": b"local" for number in range(5)})
    stored = {**{f"/{number}": b"other" for number in range(3)}, "/3": b"longer", "/4": b"local", "/kept": b"kept"}
    for path, content in stored.items():
        commands.put(path, content)
    done = commands.here("upload", tmp_path, commands.context_id)
    assert (done.code, done.out) == (1, "")
    assert f"Refused to overwrite 4 files (/0, /1, /2 and 1 more) in context {commands.context_id}: " in done.err
    assert commands.stored == stored
    assert commands.here("upload", tmp_path, commands.context_id, "--overwrite").code == 0
    assert commands.stored == {**local_files(tmp_path), "/kept": b"kept"}


def test_files_are_excluded_by_pattern_and_hidden_files_on_request(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    arguments = ("upload", tmp_path, commands.context_id, "--no-hidden", "--exclude", "*.txt", "--exclude", "/d/")
    assert commands.here(*arguments).code == 0
    assert set(commands.stored) == {"/empty", "/é ☃.md"}


def killed_at_three_points(commands: Commands, directory: Path, contents: dict[str, bytes]) -> None:
    """Kill an upload after a tenth and half of the small files, and in the large file, then run it to completion."""
    write(directory, contents)
    command = ("upload", directory, commands.context_id)
    for share in (0.1, 0.5):
        commands.kill_when(lambda share=share: len(uploads(commands)) >= share * len(contents), *command)
        assert commands.stored.items() <= contents.items()
    fault = commands.server.fault("Upload", "stall", seconds=20, path="/large.bin")
    commands.kill_when(lambda: fault.consumed > 0 and len(commands.stored) >= len(contents) - 1, *command)
    assert commands.stored.items() <= contents.items()
    done = commands.run(*command)
    assert done.code == 0, done.err
    assert commands.stored == contents


def test_an_upload_that_is_killed_at_three_points_is_continued(commands: Commands, tmp_path: Path) -> None:
    killed_at_three_points(commands, tmp_path, many_files(250, 64 * MIB))


@pytest.mark.long
def test_an_upload_of_one_gib_that_is_killed_at_three_points_is_continued(commands: Commands, tmp_path: Path) -> None:
    killed_at_three_points(commands, tmp_path, many_files(1000, 1024 * MIB))


def test_ctrl_c_ends_an_upload_with_130_and_the_same_command_continues_it(commands: Commands, tmp_path: Path) -> None:
    contents = many_files(20, 2 * MIB)
    write(tmp_path, contents)
    fault = commands.server.fault("Upload", "stall", seconds=30, path="/large.bin")
    process = commands.start("upload", tmp_path, commands.context_id)
    wait_until(lambda: fault.consumed > 0 and len(uploads(commands)) > 20, process)
    since = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert ended(process) == INTERRUPTED
    assert time.monotonic() - since < 5
    assert commands.here("upload", tmp_path, commands.context_id).code == 0
    assert commands.stored == contents


def test_ctrl_c_ends_uploads_that_all_hang(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, many_files(40, MIB))
    fault = commands.server.fault("Upload", "stall", seconds=30, times=41)
    process = commands.start("upload", tmp_path, commands.context_id)
    wait_until(lambda: fault.consumed >= 16, process)
    since = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert ended(process, 20) == INTERRUPTED
    assert time.monotonic() - since < 2


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_ctrl_c_ends_an_upload_at_any_moment(commands: Commands, tmp_path: Path, seed: int) -> None:
    write(tmp_path, many_files(60, MIB))
    fault = commands.server.fault("Upload", "stall", seconds=30, times=1)
    process = commands.start("upload", tmp_path, commands.context_id)
    wait_until(lambda: fault.consumed > 0, process)
    time.sleep(random.Random(seed).uniform(0, 0.03))
    process.send_signal(signal.SIGINT)
    assert ended(process, 20) == INTERRUPTED


def test_a_link_to_a_file_in_the_directory_is_uploaded_as_that_file(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, {"/d/a": b"a"})
    (tmp_path / "link").symlink_to(tmp_path / "d" / "a")
    assert commands.here("upload", tmp_path, commands.context_id).code == 0
    assert commands.stored == {"/d/a": b"a", "/link": b"a"}


@pytest.mark.parametrize("target", ["outside/secret", "outside", "backup/d"])
def test_any_other_link_is_refused(commands: Commands, tmp_path: Path, target: str) -> None:
    write(tmp_path, {"/outside/secret": b"secret", "/backup/d/a": b"a"})
    (tmp_path / "backup" / "link").symlink_to(tmp_path / target)
    done = commands.here("upload", tmp_path / "backup", commands.context_id)
    assert done.code == 1
    assert done.err.startswith(f"Cannot upload the directory: {tmp_path}/backup/link is a symbolic link to a ")
    assert done.err.count("\n") == 1
    assert commands.stored == {}


def test_a_pipe_is_refused(commands: Commands, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = commands.here("upload", tmp_path, commands.context_id)
    assert done.code == 1
    assert done.err.startswith("Cannot upload pipe: ")
    assert "is not a regular file" in done.err


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        (b"a\nb", "a path must not contain control characters"),
        (b"\xff", "a path must be valid Unicode"),
    ],
    ids=["line break", "no Unicode"],
)
def test_an_invalid_file_name_is_refused(commands: Commands, tmp_path: Path, name: bytes, cause: str) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    done = commands.here("upload", tmp_path, commands.context_id)
    assert done.code == 1
    assert cause in done.err
    assert done.err.count("\n") == 1
    assert commands.stored == {}


def test_a_file_is_not_uploaded_to_the_path_of_a_stored_directory(commands: Commands, tmp_path: Path) -> None:
    commands.put("/a/b", b"b")
    write(tmp_path, {"/a": b"a"})
    for options in ((), ("--overwrite",)):
        done = commands.here("upload", tmp_path, commands.context_id, *options)
        assert done.code == 1
        assert done.err.startswith("Cannot upload a: /a would be both a file and a directory in the context.")
    assert commands.stored == {"/a/b": b"b"}


def test_a_missing_directory_is_an_error_and_an_empty_one_is_not(commands: Commands, tmp_path: Path) -> None:
    done = commands.here("upload", tmp_path / "none", commands.context_id)
    assert done.code == 1
    cause = f"{tmp_path}/none does not exist; pass the path of an existing directory"
    assert done.err == f"Cannot upload the directory: {cause}. No file was uploaded.\n"
    (tmp_path / "a.zip").touch()
    assert "is not a directory" in commands.here("upload", tmp_path / "a.zip", commands.context_id).err
    (tmp_path / "empty").mkdir()
    assert commands.here("upload", tmp_path / "empty", commands.context_id).code == 0
    assert commands.stored == {}


def test_errors_end_with_1_and_name_no_pulumi_command_and_no_signature(commands: Commands, tmp_path: Path) -> None:
    write(tmp_path, {"/a": b"a"})
    commands.server.fault("Upload", "status", status=403, times=100)
    refused = commands.here("upload", tmp_path, commands.context_id)
    assert refused.err.startswith(f"Could not upload /a to context {commands.context_id}: the object store rejected")
    unknown = commands.here("upload", tmp_path, "SdkCtx-unknown")
    for done in (refused, unknown):
        assert done.code == 1
        assert "pulumi" not in done.err
        assert "signature" not in done.err
        assert done.err.count("\n") == 1
