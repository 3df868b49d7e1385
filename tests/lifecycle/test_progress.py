"""A long seeding says how far it is; a short one says nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from .conftest import Resource


def watched(resource: Resource) -> list[str]:
    lines: list[str] = []
    resource.session = replace(resource.session, progress=lines.append)
    return lines


def test_a_short_seeding_says_nothing(resource: Resource) -> None:
    lines = watched(resource)
    resource.up(name="data", files={"/a": "text:x"})
    assert lines == []


def test_a_seeding_of_many_files_says_files_bytes_rate_and_what_remains(resource: Resource) -> None:
    lines = watched(resource)
    resource.server.behave(latency=0.2)
    resource.up(name="data", files={f"/{number}": f"text:{'x' * 10_000}" for number in range(200)})
    assert len(lines) >= 1
    assert all(" of 200 files, " in line and " of 1.9 MiB, " in line for line in lines)
    assert all("files/s, " in line and " s remaining" in line for line in lines)


def test_one_large_file_shows_progress_before_its_end(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = watched(resource)
    monkeypatch.setattr("pulumi_agbcontext.lifecycle.files.progress._EVERY_SECONDS", 0.0)
    Path("large").write_bytes(bytes(2 << 20))
    resource.up(name="data", files={"/large": "file:large"})
    assert len(lines) > 3
    assert lines[0].startswith("seeding: 0 of 1 files, 0.5 of 2.0 MiB, ")
    assert lines[-1].startswith("seeding: 0 of 1 files, 2.0 of 2.0 MiB, ")
