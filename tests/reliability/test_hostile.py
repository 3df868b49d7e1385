"""Tests that hostile input is accepted literally or refused without a request and hostile responses are errors."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest

from pulumi_agbcontext.testing.server import LocalServer
from tests.client.test_presigned_urls import LINK_LOCAL, NOT_HTTP, PLAIN
from tests.holding import holds
from tests.plugin.adapters import Life, RefusedError, file_asset, folder_archive

from .hostile import DIRECTORIES, FILES, NAMES, PATHS
from .matrix import ADAPTERS
from .scenarios import KEY
from .tally import count

pytestmark = pytest.mark.usefixtures("quick_pauses")
ROW = "hostile input: names, paths, files, directories, presigned URLs, responses"


@pytest.fixture(params=sorted(ADAPTERS))
def life(request: pytest.FixtureRequest, agb_server: LocalServer, tmp_path: Path) -> Life:
    agb_server.behave(clear_seconds=0.01)
    return Life(ADAPTERS[request.param](tmp_path, endpoint=agb_server.url, apiKey=KEY))


def refused(life: Life, server: LocalServer, program: Mapping[str, Any]) -> str:
    """Return the one-line error that refuses a program without any request, or nothing if the program is accepted."""
    since = len(server.requests)
    try:
        life.check({}, program)
    except (RefusedError, pulumi.RunError, UnicodeEncodeError) as error:
        assert server.requests[since:] == []
        text = str(error)
        assert "Traceback" not in text, text
        assert "defect" not in text, text
        assert text.isprintable(), text
        return text
    return ""


def on_disk(life: Life, make: Callable[[Path], object], name: str) -> str:
    """Create a local file or directory in the program's directory."""
    os.chdir(life.adapter.directory)
    make(Path(name).absolute())
    return name


def test_a_hostile_name_is_used_literally_or_refused(life: Life, agb_server: LocalServer) -> None:
    for name, is_taken in NAMES.items():
        assert bool(refused(life, agb_server, {"name": name})) != is_taken, name
        if is_taken:
            one = Life(life.adapter)
            one.adapter._has_acted = True
            one.up(name=name, files={"/f": name})
            assert holds(agb_server, KEY, one.id) == {"/f": name.encode()}
    assert sorted(context["name"] for context in agb_server.contexts(KEY)) == sorted(
        name for name, is_taken in NAMES.items() if is_taken
    )
    count(ROW, len(NAMES))


def test_a_hostile_path_is_used_literally_or_refused(life: Life, agb_server: LocalServer) -> None:
    for path, is_taken in PATHS.items():
        assert bool(refused(life, agb_server, {"files": {path: "x"}})) != is_taken, path
    taken = {path: f"content of {path}" for path, is_taken in PATHS.items() if is_taken}
    life.up(files=taken)
    assert holds(agb_server, KEY, life.id) == {path: text.encode() for path, text in taken.items()}
    assert refused(life, agb_server, {"files": {"/a": "file", "/a/b": "below it"}})
    count(ROW, len(PATHS) + 1)


@pytest.mark.parametrize("kinds", ["files", "folders"])
def test_a_hostile_file_is_stored_completely_or_refused(life: Life, agb_server: LocalServer, kinds: str) -> None:
    is_plugin = life.adapter.name.startswith("agbcontext")
    for name, (make, is_taken) in (FILES if kinds == "files" else DIRECTORIES).items():
        path = on_disk(life, make, name)
        if kinds == "files":
            asset: Any = file_asset(path) if is_plugin else pulumi.FileAsset(path)
        else:
            asset = folder_archive(path) if is_plugin else pulumi.FileArchive(path)
        assert bool(refused(life, agb_server, {"files": {"/f": asset}})) != is_taken, name
        if is_taken:
            life.up(name="data", files={"/f": asset})
            assert holds(agb_server, KEY, life.id) == {"/f": Path(path).read_bytes()}
        subprocess.run(["rm", "-rf", path], check=True)  # Python's own removal is recursive and fails here too
        count(ROW)


def deep(levels: int) -> str:
    return json.dumps({"success": True, "requestId": "r", "data": "DEEP"}).replace(
        '"DEEP"', "[" * levels + "]" * levels
    )


ANSWERS = {
    "10,000 levels deep": deep(10_000),
    "a million levels deep": deep(1_000_000),
    "never closed": "[" * 1_000_000,
    "a number of a million digits": '{"success": true, "data": ' + "9" * 1_000_000 + "}",
    "100 MB long": '{"success": true, "requestId": "' + "x" * 100_000_000 + '"}',
    "no Unicode": '{"success": true, "data": "\\ud800"}',
    "not a number": '{"success": NaN, "data": Infinity}',
    "the same key twice": '{"success": false, "success": true, "data": {"id": 1, "id": {}}}',
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_hostile_answer_is_an_error_and_not_a_crash(life: Life, agb_server: LocalServer, answer: str) -> None:
    life.up(name="data", files={"/a": "one"})
    played = agb_server.fault("*", "answer", times=1000, content=ANSWERS[answer])
    with pytest.raises(RefusedError) as failed:
        life.up(name="data", files={"/a": "two"})
    assert "Traceback" not in str(failed.value)
    assert len(str(failed.value)) < 1000
    played.times = 0
    life.up(name="data", files={"/a": "two"})
    assert holds(agb_server, KEY, life.id) == {"/a": b"two"}
    count(ROW)


@pytest.mark.parametrize("url", [*LINK_LOCAL, *NOT_HTTP, *PLAIN])
def test_a_presigned_url_to_a_forbidden_host_is_not_followed(life: Life, agb_server: LocalServer, url: str) -> None:
    astray = agb_server.fault(
        "GetContextFileUploadUrl",
        "answer",
        times=1000,
        content=json.dumps({"success": True, "data": {"url": url, "expireTime": 1}}),
    )
    with pytest.raises(RefusedError) as failed:
        life.up(files={"/a": "one"})
    assert "Traceback" not in str(failed.value)
    assert "canary" not in str(failed.value)
    astray.times = 0
    life.up(files={"/a": "one"})
    assert holds(agb_server, KEY, life.id) == {"/a": b"one"}
    count(ROW)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_sparse_file_of_five_gibibytes_is_stored_in_little_memory(life: Life, agb_server: LocalServer) -> None:
    path = on_disk(life, lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 5 << 30), "sparse")
    asset: Any = pulumi.FileAsset(path)
    if life.adapter.name.startswith("agbcontext"):
        asset = file_asset(path)
    life.up(name="data", files={"/f": asset})
    records = [record for record in agb_server.requests if record.operation == "Upload"]
    [record] = [record for record in records if record.path == "/f"]  # the other requests belong to the owner record
    assert (record.size, record.status) == (5 << 30, 200)
    count(ROW)


@pytest.mark.long
def test_fifty_thousand_files_in_one_directory_are_one_entry_each(life: Life, agb_server: LocalServer) -> None:
    directory = life.adapter.directory / "many"
    directory.mkdir()
    for number in range(50_000):
        (directory / str(number)).touch()
    os.chdir(life.adapter.directory)
    asset: Any = pulumi.FileArchive("many")
    if life.adapter.name.startswith("agbcontext"):
        asset = folder_archive("many")
    assert len(life.check({}, {"files": {"/": asset}})["files"]) == 50_000
    count(ROW)
