"""Tests of the line that a preview shows for each context: the changes to its files and to its data."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.lifecycle.files.sources import ASSET
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.lifecycle.provider.plans import Plans
from pulumi_agbcontext.lifecycle.provider.session import Session

from .conftest import DATA, HANDLER, Resource

REPLACED = "data: ALL DATA IN THE CONTEXT WILL BE ERASED: it will be deleted and recreated with a new id"
FILES = {"/a.txt": "text:one", "/b.txt": "text:two", "/c.txt": "text:three"}


@dataclass
class Preview:
    """A preview of one resource by the engine, and the lines that it shows."""

    resource: Resource
    shown: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._session = self.resource.session
        self.begin()

    def begin(self) -> None:
        """Start another preview in a new provider process."""
        self.shown.clear()
        self._session = replace(
            self._session,
            plans=Plans(),
            inform=lambda line: self.shown.append(("info", line)),
            warn=lambda line: self.shown.append(("warning", line)),
        )

    def of(self, *, forced: tuple[str, ...] = (), creates: bool = False, **program: Any) -> list[tuple[str, str]]:
        """Return the lines for a program, which must send no request."""
        self.begin()
        since = len(self.resource.server.requests)
        olds = self.resource.inputs if self.resource.id else {}
        inputs = HANDLER.check(self._session, DATA, olds, program).inputs
        if self.resource.id:
            found = HANDLER.diff(self._session, DATA, self.resource.id, self.resource.outputs, inputs, forced)
            if found.changes:
                HANDLER.report_plan(self._session, DATA, inputs, creates=False)
        if creates or not self.resource.id:
            HANDLER.report_plan(self._session, DATA, inputs, creates=True)
        assert self.resource.server.requests[since:] == []
        return list(self.shown)


@pytest.fixture
def preview(resource: Resource) -> Preview:
    return Preview(resource)


def test_a_new_context_with_adopt_announces_that_an_existing_one_is_adopted(preview: Preview) -> None:
    clause = "if the context exists, it will be adopted, and its files at these paths will be overwritten"
    [(kind, line)] = preview.of(name="data", files=FILES, adopt=True)
    assert (kind, clause in line) == ("info", True)
    preview.resource.up(name="data", files=FILES, adopt=True)
    [(_, line)] = preview.of(name="data", files={**FILES, "/d.txt": "text:four"}, adopt=True)
    assert clause not in line


@pytest.fixture
def existing(preview: Preview) -> Preview:
    preview.resource.up(name="data", files=FILES, secretFiles={"/key": "text:s"}, clearTriggers=["v1"])
    return preview


def of(existing: Preview, **changes: Any) -> list[tuple[str, str]]:
    """Return the lines for the existing program with some inputs changed."""
    program = {"name": "data", "files": FILES, "secretFiles": {"/key": "text:s"}, "clearTriggers": ["v1"]}
    options = {key: changes.pop(key) for key in ("forced", "creates") if key in changes}
    return existing.of(**options, **{**program, **changes})


def test_a_create_shows_how_much_is_uploaded(preview: Preview) -> None:
    assert preview.of(files=FILES) == [("info", "data: 3 files to add, 11 B to upload")]
    assert preview.of() == [("info", "data: no files")]


def test_no_line_is_shown_if_nothing_changes(existing: Preview) -> None:
    assert of(existing) == []


def test_uploads_and_unchanged_files_are_counted(existing: Preview) -> None:
    lines = of(existing, files={**FILES, "/a.txt": "text:" + "x" * 5000, "/new": "text:y"})
    assert lines == [
        (
            "info",
            "data: 1 file to add (/new), 1 file to overwrite (/a.txt), 3 files unchanged, 4.9 KiB to upload; "
            "other files in the context are kept",
        )
    ]


def test_deletions_are_a_warning_that_names_three_files(existing: Preview) -> None:
    kept = "; other files in the context are kept"
    assert of(existing, files={}) == [
        ("warning", "data: 3 files to delete (/a.txt, /b.txt, /c.txt), 1 file unchanged" + kept)
    ]
    existing.resource.up(name="data", files={**FILES, "/d.txt": "text:4"}, secretFiles={"/key": "text:s"})
    assert of(existing, files={}, clearTriggers=None) == [
        ("warning", "data: 4 files to delete (/a.txt, /b.txt, /c.txt and 1 more), 1 file unchanged" + kept)
    ]


def test_the_path_of_a_secret_file_is_not_shown(existing: Preview) -> None:
    [(_, line)] = of(existing, secretFiles={})
    assert line == "data: 1 file to delete, 3 files unchanged; other files in the context are kept"


def test_a_rename_is_shown_as_in_place(existing: Preview) -> None:
    [(severity, line)] = of(existing, name="other")
    assert (severity, line.partition("; ")[0]) == ("info", "data: it will be renamed to 'other' and keeps its id")
    assert "4 files unchanged" in line


def test_a_changed_setting_is_shown_with_no_changed_files(existing: Preview) -> None:
    assert of(existing, clearTimeout=5) == [("info", "data: 4 files unchanged; other files in the context are kept")]


def test_a_clear_in_place_warns_that_all_data_is_deleted(existing: Preview) -> None:
    [(severity, line)] = of(existing, clearTriggers=["v2"], clearInPlace=True)
    assert severity == "warning"
    assert line == (
        "data: ALL DATA IN THE CONTEXT WILL BE ERASED: it will be cleared and keeps its id (`clear_triggers` changed, "
        "`clear_in_place`); 4 files to add, 12 B to upload"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"clearTriggers": ["v2"]}, "`clear_triggers` changed"),
        ({"region": "us-west"}, "`region` changed"),
        ({"clearTriggers": ["v2"], "region": "us-west"}, "`clear_triggers` and `region` changed"),
        ({"name": "other", "forced": ("name",)}, "`name` changed"),
        ({"files": {}, "forced": ("files",)}, "`files` changed"),
    ],
)
def test_a_replacement_warns_that_all_data_is_deleted(existing: Preview, changes: dict[str, Any], reason: str) -> None:
    [(severity, line)] = of(existing, **changes)
    assert severity == "warning"
    assert line.startswith(f"{REPLACED} ({reason}); ")
    assert "unchanged" not in line


def test_the_create_of_a_replacement_adds_no_second_line(existing: Preview) -> None:
    assert len(of(existing, clearTriggers=["v2"], creates=True)) == 1


def test_a_replacement_that_only_the_engine_decides_on_warns_too(existing: Preview) -> None:
    [(severity, line)] = of(existing, creates=True)
    assert severity == "warning"
    assert line == f"{REPLACED}; 4 files to add, 12 B to upload"


@pytest.mark.parametrize("in_place", [False, True])
def test_an_unknown_trigger_warns_that_data_may_be_deleted(existing: Preview, in_place: bool) -> None:
    [(severity, line)] = of(existing, clearTriggers=[UNKNOWN], clearInPlace=in_place)
    assert severity == "warning"
    assert line.startswith("data: ALL DATA IN THE CONTEXT MAY BE ERASED: it will be ")
    assert "(`clear_triggers` is not known yet" in line


def test_unknown_contents_are_counted_separately(existing: Preview) -> None:
    kept = "; other files in the context are kept"
    assert of(existing, files={**FILES, "/a.txt": UNKNOWN}) == [
        ("info", "data: 1 file to overwrite (/a.txt), 3 files unchanged, 1 file not known yet" + kept)
    ]
    assert of(existing, files={**FILES, "/a.txt": UNKNOWN, "/b.txt": "text:b"}) == [
        (
            "info",
            "data: 2 files to overwrite (/a.txt, /b.txt), 2 files unchanged, 1 B to upload, 1 file not known yet"
            + kept,
        )
    ]
    assert of(existing, files=UNKNOWN) == [("info", "data: files not known yet" + kept)]


def test_entries_that_filters_leave_out_are_counted(preview: Preview, tmp_path: Any) -> None:
    (tmp_path / "seed" / ".git").mkdir(parents=True)
    (tmp_path / "seed" / ".env").write_text("x")
    (tmp_path / "seed" / "a").write_text("x")
    assert preview.of(files={"/": "folder:seed"}) == [
        ("info", "data: 1 file to add, 1 B to upload; 2 local entries not uploaded (hidden, excluded or ignored)")
    ]


def test_a_changed_key_or_endpoint_is_shown_without_a_request(existing: Preview) -> None:
    account = Account(existing.resource.server.url, "another-key")
    existing._session = Session(ContextService(account))
    [(_, line)] = of(existing, files={**FILES, "/new": "text:y"})
    assert line == (
        "data: 1 file to add (/new), 4 files unchanged, 1 B to upload; other files in the context are kept. The last "
        "update used another API key or endpoint. If that was another account, the update fails without changing "
        "anything."
    )
    assert of(existing) == []


def test_hidden_files_that_an_earlier_release_seeded_are_a_warning_in_every_run(
    preview: Preview, tmp_path: Any
) -> None:
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / ".env").write_text("x")
    preview.resource.up(files={"/": "folder:seed"}, includeHidden=True)
    [(severity, line), _] = preview.of(files={"/": "folder:seed"})
    assert severity == "warning"
    assert line.startswith("data: keeping 1 hidden file that release 0.1 uploaded (/.env). Set `include_hidden=True` ")


def test_the_paths_of_secret_hidden_files_are_not_shown(preview: Preview, tmp_path: Any) -> None:
    (tmp_path / "seed").mkdir()
    (tmp_path / "seed" / ".env").write_text("x")
    preview.resource.up(secretFiles={"/": "folder:seed"}, includeHidden=True)
    [(_, line), _] = preview.of(secretFiles={"/": "folder:seed"})
    assert line.startswith("data: keeping 1 hidden file that release 0.1 uploaded. Set ")


def test_a_delete_warns_when_it_is_carried_out(existing: Preview) -> None:
    existing.begin()
    HANDLER.delete(existing._session, DATA, existing.resource.id, existing.resource.outputs)
    assert existing.shown == [("warning", f"Deleting context 'data' ({existing.resource.id}) with all data in it")]


def test_a_delete_of_a_context_that_no_longer_exists_does_not_warn(existing: Preview) -> None:
    outputs, context_id = existing.resource.outputs, existing.resource.id
    existing.resource.destroy()
    existing.begin()
    HANDLER.delete(existing._session, DATA, context_id, outputs)
    assert existing.shown == []


def test_a_clear_in_place_warns_when_it_is_carried_out(existing: Preview) -> None:
    existing.begin()
    existing.resource.session = existing._session
    existing.resource.up(name="data", files=FILES, clearTriggers=["v2"], clearInPlace=True)
    warning = f"Erasing all data in context 'data' ({existing.resource.id}), because `clear_triggers` changed"
    warning += "; 3 files will be uploaded afterwards"
    assert existing.shown == [("warning", warning)]


def test_a_directory_that_is_a_trigger_adds_no_line_of_its_own(existing: Preview, tmp_path: Any) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "x").write_text("x")
    assert len(of(existing, clearTriggers=[{ASSET: "folder:app"}])) == 1


def test_the_time_of_a_summary_grows_linearly_with_the_files(preview: Preview) -> None:
    def seconds(count: int) -> float:
        entry = f"1:{'0' * 64}:file:x"
        preview.resource.inputs = preview.resource.outputs = {
            "name": "data",
            "files": {f"/{number}": entry for number in range(count)},
        }
        preview.resource.id = "SdkCtx-1"
        changed = {path: entry.replace("0", "1") for path in preview.resource.outputs["files"]}
        started = time.process_time()  # other tests run at the same time
        [(_, line)] = preview.of(name="data", files=changed)
        assert f"{count:,} files to overwrite" in line
        return time.process_time() - started

    assert seconds(8_000) < 20 * seconds(1_000)  # linear time would be 8 times; it was 64 times
