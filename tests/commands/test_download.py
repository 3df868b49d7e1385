"""Tests of `python -m pulumi_agbcontext download`: the files that it writes, its refusals, and its continuation."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from pulumi_agbcontext.client.transfer import presigned_requests
from pulumi_agbcontext.commands.download_record import RECORD
from pulumi_agbcontext.lifecycle.files.paths import OWNER_RECORD

from .conftest import INTERRUPTED, MIB, Commands, ended, local_files, many_files, partial_bytes, wait_until

FILES = {
    "/a.txt": b"a",
    "/empty": b"",
    "/.hidden/b": b"b",
    "/d/e/f/g": b"g" * 300_000,
    "/é ☃.md": b"snow",
    "/A.txt": b"A",
}


def entry(path: str) -> dict[str, object]:
    """Return an entry of a listing."""
    return {"fileId": path, "fileName": "x", "filePath": path, "fileType": "file", "size": 1, "gmtModified": "1"}


def list_instead(commands: Commands, *paths: str) -> None:
    """Let the API list files that do not exist."""
    answer = {"success": True, "code": "ok", "httpStatusCode": 200, "requestId": "R", "count": len(paths)}
    content = json.dumps({**answer, "data": [entry(path) for path in paths]})
    commands.server.fault("DescribeContextFiles", "answer", content=content, times=10)


def downloads(commands: Commands) -> list[str]:
    """Return the paths whose contents were downloaded. A request for the first byte only reads the version."""
    return [r.path or "" for r in commands.server.requests if r.operation == "Download" and (r.size or 0) > 1]


def test_every_file_is_downloaded_except_the_owner_record(commands: Commands, tmp_path: Path) -> None:
    for path, content in {**FILES, OWNER_RECORD: b"{}"}.items():
        commands.put(path, content)
    done = commands.run("download", commands.context_id, tmp_path / "new" / "backup")
    assert done.code == 0, done.err
    assert local_files(tmp_path / "new" / "backup") == FILES
    assert done.out.startswith(f"Downloaded 6 files (293.0 KiB) from context {commands.context_id} to ")
    assert done.err == ""


def test_files_that_have_not_changed_are_skipped(commands: Commands, tmp_path: Path) -> None:
    for path, content in FILES.items():
        commands.put(path, content)
    commands.here("download", commands.context_id, tmp_path)
    commands.put("/d/e/f/g", b"h" * 300_000)
    commands.put("/new", b"nn")
    before = len(downloads(commands))
    done = commands.here("download", commands.context_id, tmp_path)
    assert sorted(downloads(commands)[before:]) == ["/d/e/f/g", "/new"]
    assert "Downloaded 2 files" in done.out
    assert "5 files already up to date" in done.out
    assert local_files(tmp_path) == commands.stored


def test_a_file_whose_local_content_changed_is_refused_and_replaced_only_with_overwrite(
    commands: Commands, tmp_path: Path
) -> None:
    for number in range(5):
        commands.put(f"/{number}", b"stored")
    (tmp_path / "4").write_bytes(b"stored")
    commands.here("download", commands.context_id, tmp_path)
    for number in range(4):
        (tmp_path / str(number)).write_bytes(b"edited")
    done = commands.here("download", commands.context_id, tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(
        "Refused to overwrite 4 files (0, 1, 2 and 1 more) in the directory: the stored content differs"
    )
    assert local_files(tmp_path)["/0"] == b"edited"
    assert commands.here("download", commands.context_id, tmp_path, "--overwrite").code == 0
    assert local_files(tmp_path) == commands.stored


@pytest.mark.parametrize("record", ["{", '{"context": "SdkCtx-other", "files": {}}', ""])
def test_without_a_usable_record_files_are_compared_by_digest(commands: Commands, tmp_path: Path, record: str) -> None:
    commands.put("/a", b"same")
    commands.put("/b", b"other")
    commands.here("download", commands.context_id, tmp_path)
    (tmp_path / RECORD).write_text(record)
    commands.put("/b", b"newer")
    done = commands.here("download", commands.context_id, tmp_path)
    assert "Refused to overwrite 1 file (b)" in done.err
    commands.put("/b", b"other")
    assert "2 files already up to date" in commands.here("download", commands.context_id, tmp_path).out


def test_a_store_that_reports_no_versions_is_compared_by_digest(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presigned_requests, "_version_of", lambda _response: presigned_requests._NO_VERSION)
    commands.put("/a", b"same")
    commands.put("/b", b"other")
    commands.here("download", commands.context_id, tmp_path)
    commands.put("/b", b"newer")
    assert "Downloaded 1 file" in commands.here("download", commands.context_id, tmp_path).out
    assert local_files(tmp_path) == {"/a": b"same", "/b": b"newer"}


def test_a_listed_file_that_was_deleted_is_reported(commands: Commands, tmp_path: Path) -> None:
    commands.put("/a", b"a")
    list_instead(commands, "/a", "/gone")
    done = commands.here("download", commands.context_id, tmp_path)
    assert done.code == 0
    assert done.out.endswith("1 file listed but deleted in the meantime.\n")
    assert local_files(tmp_path) == {"/a": b"a"}


def killed_at_three_points(commands: Commands, directory: Path, contents: dict[str, bytes]) -> None:
    """Kill a download after a tenth and half of the small files, and in the large file, then run it to completion."""
    for path, content in contents.items():
        commands.put(path, content)
    command = ("download", commands.context_id, directory)
    for share in (0.1, 0.5):
        commands.kill_when(lambda share=share: len(list(directory.rglob("*.txt"))) >= share * len(contents), *command)
        assert local_files(directory).items() <= contents.items()
    commands.server.fault("Download", "slow_body", seconds=20, path="/large.bin")
    commands.kill_when(lambda: partial_bytes(directory) >= 2 * MIB, *command)
    assert local_files(directory).items() <= contents.items()
    done = commands.run(*command)
    assert done.code == 0, done.err
    assert local_files(directory) == contents
    assert partial_bytes(directory) == 0
    assert len([path for path in downloads(commands) if path == "/large.bin"]) <= 4


def test_a_download_that_is_killed_at_three_points_is_continued(commands: Commands, tmp_path: Path) -> None:
    killed_at_three_points(commands, tmp_path / "backup", many_files(250, 64 * MIB))


@pytest.mark.long
def test_a_download_of_one_gib_that_is_killed_at_three_points_is_continued(commands: Commands, tmp_path: Path) -> None:
    killed_at_three_points(commands, tmp_path / "backup", many_files(1000, 1024 * MIB))


def test_ctrl_c_ends_a_download_with_130_and_the_same_command_continues_it(commands: Commands, tmp_path: Path) -> None:
    contents = many_files(20, 8 * MIB)
    for path, content in contents.items():
        commands.put(path, content)
    commands.server.fault("Download", "slow_body", seconds=30, path="/large.bin")
    process = commands.start("download", commands.context_id, tmp_path)
    wait_until(lambda: len(list(tmp_path.rglob("*.txt"))) == 20 and partial_bytes(tmp_path) > 0, process)
    since = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert ended(process) == INTERRUPTED
    assert time.monotonic() - since < 5
    assert "20 files already up to date" in commands.here("download", commands.context_id, tmp_path).out
    assert local_files(tmp_path) == contents


HOSTILE = {
    "above the directory": ("/../x", "the path is not canonical"),
    "in the middle": ("/a/../../x", "the path is not canonical"),
    "relative": ("x", "the path is not canonical"),
    "empty segment": ("/a//x", "the path is not canonical"),
    "ends like a directory": ("/a/", "the path is not canonical"),
    "root": ("/", "a path must name a file"),
    "line break": ("/a\nx", "a path must not contain control characters"),
    "NUL": ("/a\0x", "a path must not contain control characters"),
    "long name": (f"/{'é' * 128}", "it contains a name of more than 255 bytes"),
    "long path": ("/a" * 512, "a path must be at most 1,023 characters long"),
    "record of a download": (f"/{RECORD}", "the command uses this name for its own files"),
    "partial file": ("/d/.agbcontext-part-1", "the command uses this name for its own files"),
    "below the owner record": (f"{OWNER_RECORD}/x", "this path is reserved"),
}


@pytest.mark.parametrize(("path", "cause"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_path_is_an_error_that_names_it_and_nothing_is_written(
    commands: Commands, tmp_path: Path, path: str, cause: str
) -> None:
    commands.put("/a.txt", b"a")
    list_instead(commands, "/a.txt", path)
    done = commands.here("download", commands.context_id, tmp_path / "backup")
    assert done.code == 1
    assert done.err.startswith("Cannot download /") or path == "x"
    assert f" from context {commands.context_id}: {cause}" in done.err
    assert done.err.count("\n") == 1
    assert [file for file in tmp_path.rglob("*") if not file.is_dir()] == []
    assert downloads(commands) == []


def test_a_path_that_is_a_file_and_a_directory_is_an_error(commands: Commands, tmp_path: Path) -> None:
    commands.put("/a", b"a")
    commands.put("/a/b/c", b"c")
    done = commands.here("download", commands.context_id, tmp_path)
    assert done.code == 1
    assert f"Cannot download /a/b/c from context {commands.context_id}: /a is both a file and a directory." in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("link", ["d", "d/e", "d/e/a"])
def test_nothing_is_written_through_a_link_in_the_directory(commands: Commands, tmp_path: Path, link: str) -> None:
    commands.put("/d/e/a", b"stored")
    outside, backup = tmp_path / "outside", tmp_path / "backup"
    (outside / "e").mkdir(parents=True)
    (outside / "a").write_bytes(b"outside")
    (backup / link).parent.mkdir(parents=True)
    (backup / link).symlink_to(outside / "a" if link == "d/e/a" else outside)
    for options in ((), ("--overwrite",)):
        done = commands.here("download", commands.context_id, backup, *options)
        assert done.code == 1
        assert done.err.startswith(f"Refused to write through {backup}/{link}: it is a symbolic link. Remove the link")
    assert local_files(outside) == {"/a": b"outside"}
    assert downloads(commands) == []


def test_a_link_that_appears_during_the_download_is_not_followed(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cover a link that checks before the transfer would not find."""
    commands.put("/d/a", b"stored")
    outside, backup = tmp_path / "outside", tmp_path / "backup"
    outside.mkdir()
    read = presigned_requests._version_of

    def replace_the_directory(response: object) -> str:
        for file in (backup / "d").iterdir():
            file.unlink()
        (backup / "d").rmdir()
        (backup / "d").symlink_to(outside)
        return read(response)  # type: ignore[arg-type]  # the response of the download

    monkeypatch.setattr(presigned_requests, "_version_of", replace_the_directory)
    done = commands.here("download", commands.context_id, backup)
    assert done.code == 1
    assert "it is a symbolic link" in done.err
    assert list(outside.iterdir()) == []


def test_the_directory_itself_may_be_a_link(commands: Commands, tmp_path: Path) -> None:
    commands.put("/a", b"a")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert commands.here("download", commands.context_id, tmp_path / "link").code == 0
    assert local_files(tmp_path / "real") == {"/a": b"a"}


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_only_regular_files_are_replaced(commands: Commands, tmp_path: Path, kind: str) -> None:
    commands.put("/a", b"a")
    (tmp_path / "a").mkdir() if kind == "directory" else os.mkfifo(tmp_path / "a")
    done = commands.here("download", commands.context_id, tmp_path, "--overwrite")
    assert done.code == 1
    assert f"{tmp_path}/a: it is not a regular file" in done.err
    assert not (tmp_path / "a").is_file()


def test_errors_end_with_1_and_name_no_pulumi_command_and_no_signature(commands: Commands, tmp_path: Path) -> None:
    commands.put("/a", b"a")
    commands.server.fault("Download", "status", status=403, times=100)
    refused = commands.run("download", commands.context_id, tmp_path)
    assert refused.code == 1
    assert refused.err.startswith(f"Could not read /a from context {commands.context_id}: the object store rejected")
    assert refused.err.endswith("Run the same command again.\n")
    unknown = commands.here("download", "SdkCtx-unknown", tmp_path / "new")
    assert unknown.code == 1
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").touch()
    not_a_directory = commands.here("download", commands.context_id, tmp_path / "file" / "below")
    assert not_a_directory.code == 1
    for done in (refused, unknown, not_a_directory):
        assert "pulumi" not in done.err
        assert "signature" not in done.err
        assert done.err.count("\n") == 1


def test_invalid_arguments_end_with_2_and_a_missing_key_with_1(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in ([], ["download"], ["download", "", str(tmp_path)], ["download", "a", "b", "--no"]):
        with pytest.raises(SystemExit) as caught:
            commands.here(*arguments)
        assert caught.value.code == 2
    monkeypatch.setenv("AGB_TIMEOUT_MS", "soon")
    done = commands.here("download", commands.context_id, tmp_path)
    assert done == (1, "", "Invalid value for AGB_TIMEOUT_MS: expected a positive number of milliseconds, got soon.\n")
    monkeypatch.delenv("AGB_TIMEOUT_MS")
    monkeypatch.delenv("AGB_API_KEY")
    done = commands.here("download", commands.context_id, tmp_path)
    assert done == (1, "", "No AGB API key is configured. Set the environment variable AGB_API_KEY.\n")
    monkeypatch.setenv("AGB_API_KEY", "not a key")
    assert commands.here("download", commands.context_id, tmp_path).err.endswith(" Correct AGB_API_KEY.\n")


def test_a_progress_bar_is_shown_only_in_a_terminal_and_only_with_tqdm(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.put("/a", b"a" * 5000)
    assert commands.here("download", commands.context_id, tmp_path / "1").err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = commands.here("download", commands.context_id, tmp_path / "2").err
    assert "Downloading: 100%" in shown
    assert "4.88k/4.88k" in shown
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert commands.here("download", commands.context_id, tmp_path / "3") == (
        0,
        f"Downloaded 1 file (4.9 KiB) from context {commands.context_id} to {tmp_path}/3.\n",
        "",
    )
