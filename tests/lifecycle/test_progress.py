"""Tests that a long seeding reports its progress and that a short one reports nothing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from .conftest import Resource


def watched(resource: Resource) -> list[str]:
    lines: list[str] = []
    resource.session = replace(resource.session, progress=lines.append)
    return lines


def test_a_short_seeding_shows_no_progress(resource: Resource) -> None:
    lines = watched(resource)
    resource.up(name="data", files={"/a": "text:x"})
    assert lines == []


def test_a_long_seeding_names_its_context_with_files_and_bytes_done_and_to_do(resource: Resource) -> None:
    lines = watched(resource)
    resource.server.behave(latency=0.2)
    resource.up(name="agents", files={f"/{number}": f"text:{'x' * 10_000}" for number in range(200)})
    form = r"data: uploading \d+ of 200 files, \d\.\d of 1\.9 MiB \(\d+ files/s, about \d+ s remaining\)"
    assert len(lines) >= 1
    assert [line for line in lines if not re.fullmatch(form, line)] == []


def test_one_large_file_shows_progress_before_its_end(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = watched(resource)
    monkeypatch.setattr("pulumi_agbcontext.lifecycle.files.progress._EVERY_SECONDS", 0.0)
    Path("large").write_bytes(bytes(2 << 20))
    resource.up(name="agents", files={"/large": "file:large"})
    assert len(lines) > 3
    assert lines[0].startswith("data: uploading 0 of 1 file, 0.5 of 2.0 MiB (")
    assert lines[-1].startswith("data: uploading 0 of 1 file, 2.0 of 2.0 MiB (")
    assert all("MiB/s, about " in line for line in lines)


def test_small_files_are_counted_in_bytes_or_kibibytes(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = watched(resource)
    monkeypatch.setattr("pulumi_agbcontext.lifecycle.files.progress._EVERY_SECONDS", 0.0)
    resource.up(name="agents", files={f"/{number}": "text:12345" for number in range(3)})
    assert " of 15 B (" in lines[-1]
    resource.up(name="agents", files={f"/{number}": f"text:{'x' * 1024}" for number in range(3)})
    assert " of 3.0 KiB (" in lines[-1]


@pytest.mark.parametrize("size", [0, 1])
def test_empty_files_show_progress_too(resource: Resource, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    lines = watched(resource)
    monkeypatch.setattr("pulumi_agbcontext.lifecycle.files.progress._EVERY_SECONDS", 0.0)
    resource.up(name="agents", files={f"/{number}": f"text:{'x' * size}" for number in range(2)})
    assert any(line.startswith("data: uploading 1 of 2 files, ") for line in lines)


def test_a_resource_without_a_name_is_named_by_the_id_of_its_context(
    resource: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = watched(resource)
    monkeypatch.setattr("pulumi_agbcontext.lifecycle.files.progress._EVERY_SECONDS", 0.0)
    resource.declared = resource.declared._replace(name="")
    resource.up(name="agents", files={"/a": "text:x", "/b": "text:y"})
    assert lines
    assert all(line.startswith(f"{resource.id}: uploading ") for line in lines)


def test_a_name_with_control_characters_stays_on_its_line(resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = watched(resource)
    monkeypatch.setattr("pulumi_agbcontext.lifecycle.files.progress._EVERY_SECONDS", 0.0)
    resource.declared = resource.declared._replace(name="da\nta\x1b[31m")
    resource.up(name="agents", files={"/a": "text:x", "/b": "text:y"})
    assert lines
    assert all(line.startswith(r"da\nta\x1b[31m: uploading ") for line in lines)
