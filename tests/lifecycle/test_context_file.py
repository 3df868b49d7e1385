"""Tests of one file in a context of another owner, from creation to deletion."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.errors import (
    AnotherAccountError,
    ContextFileExistsError,
    InvalidIdError,
    NotFoundError,
    SourceChangedError,
)
from pulumi_agbcontext.lifecycle.context_file.check import check
from pulumi_agbcontext.lifecycle.context_file.create import create
from pulumi_agbcontext.lifecycle.context_file.delete import delete
from pulumi_agbcontext.lifecycle.context_file.diff import diff
from pulumi_agbcontext.lifecycle.context_file.read import read
from pulumi_agbcontext.lifecycle.context_file.update import update
from pulumi_agbcontext.lifecycle.properties import UNKNOWN
from pulumi_agbcontext.lifecycle.provider.declared_resources import DeclaredResources
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource as Declared
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.testing.server import LocalServer

from .conftest import KEY, CheckFailedError
from .support import uploads

DECLARED = Declared("urn:file", "shop", "dev", "file")


@dataclass
class File:
    """One file, managed as the engine does it."""

    server: LocalServer
    session: Session
    context_id: str
    id: str = ""
    outputs: dict[str, Any] = field(default_factory=dict)

    def up(self, **program: Any) -> str:
        """Deploy the program and return the action."""
        self.session = replace(self.session, declared=DeclaredResources())  # every command has its own process
        inputs = self.checked(**program)
        action = "create"
        if self.id:
            found = diff(self.outputs, inputs)
            if not found.changes:
                return "same"
            if not found.replaces:
                self.outputs = update(self.session, DECLARED, self.id, self.outputs, inputs)
                return "update"
            delete(self.session, None, self.id, self.outputs)
            action = "replace"
        self.id, self.outputs = create(self.session, DECLARED, inputs)
        return action

    def checked(self, **program: Any) -> dict[str, Any]:
        """Return the checked inputs of a file, which is at /a.txt by default."""
        checked = check({"contextId": self.context_id, "path": "/a.txt", **program})
        if checked.failures:
            raise CheckFailedError("; ".join(f"{fault.property}: {fault.reason}" for fault in checked.failures))
        return checked.inputs

    def refresh(self) -> bool:
        """Refresh the file and return whether it exists."""
        found = read(self.session, self.id, self.outputs)
        self.outputs = found.outputs if found else {}
        self.id = self.id if found else ""
        return found is not None

    def destroy(self) -> None:
        """Delete the file."""
        self.session = replace(self.session, declared=DeclaredResources())
        delete(self.session, None, self.id, self.outputs)
        self.id, self.outputs = "", {}

    @property
    def files(self) -> dict[str, bytes]:
        """Return the files that the server stores."""
        return self.server.files(KEY, self.context_id)


@pytest.fixture
def file(agb_server: LocalServer, session: Session, monkeypatch: pytest.MonkeyPatch) -> File:
    monkeypatch.setattr("pulumi_agbcontext.client.api.replica_lag.observe_files.__defaults__", ((0.1, 0.1),))
    context = session.contexts.create("shared").context
    assert context is not None
    return File(agb_server, session, context.id)


def test_a_file_is_uploaded_and_its_id_is_context_and_path(file: File) -> None:
    assert file.up(path="/data/a.txt", content="hello") == "create"
    assert file.id == f"{file.context_id}/data/a.txt"
    assert file.files == {"/data/a.txt": b"hello"}
    assert file.outputs == {
        "contextId": file.context_id,
        "path": "/data/a.txt",
        "size": 5,
        "sha256": hashlib.sha256(b"hello").hexdigest(),
        "overwriteOnCreate": False,
        "clearTimeout": 60.0,
        "clearPollInterval": 2.0,
        "whenInUse": "proceed",
        "account": file.session.contexts.account.fingerprint,
    }
    assert file.up(path="/data/a.txt", content="hello") == "same"


def test_content_can_be_text_base64_or_a_local_file(file: File) -> None:
    Path("local.txt").write_bytes(b"\x00\x01")
    file.up(path="/t", content="text")
    File(file.server, file.session, file.context_id).up(path="/b", contentBase64="AAE=")
    File(file.server, file.session, file.context_id).up(path="/s", source="local.txt")
    assert file.files == {"/t": b"text", "/b": b"\x00\x01", "/s": b"\x00\x01"}


def test_changed_content_updates_in_place_and_a_changed_location_replaces(file: File) -> None:
    file.up(content="one")
    assert file.up(content="two") == "update"
    assert file.files == {"/a.txt": b"two"}
    assert file.up(path="/b.txt", content="two") == "replace"
    assert file.files == {"/b.txt": b"two"}


def test_the_same_content_from_another_source_is_not_a_change(file: File) -> None:
    Path("local.txt").write_text("same")
    file.up(content="same")
    since = len(file.server.requests)
    assert file.up(source="local.txt") == "same"
    assert uploads(file.server, since) == []


def test_an_existing_file_is_an_error_and_is_not_changed(file: File) -> None:
    file.server.put_file(KEY, file.context_id, "/a.txt", b"theirs")
    with pytest.raises(ContextFileExistsError, match="overwrite_on_create=True"):
        file.up(content="ours")
    assert file.files == {"/a.txt": b"theirs"}


@pytest.mark.parametrize("lag", [0, 60])
def test_an_existing_file_with_the_same_content_is_treated_as_an_unfinished_create(file: File, lag: float) -> None:
    file.server.behave(listing_lag=lag)
    file.server.put_file(KEY, file.context_id, "/a.txt", b"ours")
    assert file.up(content="ours") == "create"
    assert file.up(content="ours") == "same"
    assert file.files == {"/a.txt": b"ours"}


def test_a_file_of_the_same_size_and_another_content_is_an_error(file: File) -> None:
    file.server.put_file(KEY, file.context_id, "/a.txt", b"ours")
    with pytest.raises(ContextFileExistsError):
        file.up(content="mine")
    assert file.files == {"/a.txt": b"ours"}


def test_a_file_that_the_listing_does_not_show_yet_is_found_by_reading_it(file: File) -> None:
    file.server.behave(listing_lag=60)
    file.server.put_file(KEY, file.context_id, "/a.txt", b"")
    with pytest.raises(ContextFileExistsError):
        file.up(content="ours")
    assert file.files == {"/a.txt": b""}


def test_a_read_of_a_file_with_a_malformed_id_shows_the_format_and_sends_no_request(file: File) -> None:
    since = len(file.server.requests)
    with pytest.raises(InvalidIdError, match="Use `<context id>/<path>`"):
        read(file.session, "wrong", {})
    assert file.server.requests[since:] == []


def test_overwrite_on_create_overwrites_an_existing_file(file: File) -> None:
    file.server.put_file(KEY, file.context_id, "/a.txt", b"theirs")
    file.up(content="ours", overwriteOnCreate=True)
    assert file.files == {"/a.txt": b"ours"}


def test_two_resources_that_claim_one_path_are_an_error_even_with_overwrite(file: File) -> None:
    file.up(content="one")
    with pytest.raises(ContextFileExistsError, match="resource 'file' in this program already manages it"):
        create(file.session, DECLARED._replace(key="urn:other"), file.checked(content="two", overwriteOnCreate=True))
    assert file.files == {"/a.txt": b"one"}


def test_a_missing_file_is_removed_by_refresh_and_recreated(file: File) -> None:
    file.up(content="one")
    file.server.remove_file(KEY, file.context_id, "/a.txt")
    assert not file.refresh()
    assert file.up(content="one") == "create"
    assert file.files == {"/a.txt": b"one"}


def test_a_file_that_the_listing_does_not_show_yet_is_not_deleted(file: File) -> None:
    file.server.behave(listing_lag=60)
    file.up(path="/f", content="one")
    found = read(file.session, file.id, file.outputs)
    assert found is not None
    assert (found.outputs["sha256"], found.inputs) == (file.outputs["sha256"], None)


def test_a_file_with_another_size_is_drift_and_is_restored(file: File) -> None:
    file.up(content="one")
    file.server.put_file(KEY, file.context_id, "/a.txt", b"longer")
    assert file.refresh()
    assert (file.outputs["size"], file.outputs["sha256"]) == (6, "changed")
    assert file.up(content="one") == "update"
    assert file.files == {"/a.txt": b"one"}


def test_a_file_whose_context_was_deleted_is_deleted(file: File) -> None:
    file.up(content="one")
    context = file.session.contexts.get(context_id=file.context_id).context
    assert context is not None
    file.session.contexts.delete(context)
    assert not file.refresh()


def test_delete_of_a_deleted_file_succeeds(file: File) -> None:
    file.up(content="one")
    file.server.remove_file(KEY, file.context_id, "/a.txt")
    file.destroy()
    assert file.files == {}


def test_destroy_deletes_only_the_file(file: File) -> None:
    file.server.put_file(KEY, file.context_id, "/b.txt", b"theirs")
    file.up(content="one")
    file.destroy()
    assert file.files == {"/b.txt": b"theirs"}


@pytest.mark.parametrize("operation", ["refresh", "destroy"])
def test_not_found_under_another_account_is_an_error_and_not_a_deletion(file: File, operation: str) -> None:
    file.up(content="one")
    file.session = Session(ContextService(Account(file.server.url, "another-key")))
    with pytest.raises(AnotherAccountError):
        getattr(file, operation)()
    assert file.files == {"/a.txt": b"one"}


def test_a_context_that_does_not_exist_is_an_error(file: File) -> None:
    with pytest.raises(NotFoundError, match="SdkCtx-none"):
        file.up(contextId="SdkCtx-none", content="x")


def test_a_file_of_another_stack_is_read_by_id_alone(file: File) -> None:
    file.server.put_file(KEY, file.context_id, "/theirs", b"content")
    found = read(file.session, f"{file.context_id}/theirs", {})
    assert found is not None
    assert (found.outputs["size"], found.outputs["sha256"]) == (7, hashlib.sha256(b"content").hexdigest())


def test_a_source_deleted_since_check_is_reported_with_its_path(file: File) -> None:
    Path("local.txt").write_text("as checked")
    inputs = file.checked(source="local.txt")
    Path("local.txt").unlink()
    with pytest.raises(SourceChangedError, match=r"/a\.txt"):
        create(file.session, DECLARED, inputs)


def test_a_source_that_changed_since_check_is_not_stored(file: File) -> None:
    Path("local.txt").write_text("as checked")
    news = check({"contextId": file.context_id, "path": "/a", "source": "local.txt"}).inputs
    Path("local.txt").write_text("as edited!")
    with pytest.raises(SourceChangedError, match="/a"):
        create(file.session, DECLARED, news)
    assert file.files == {}


@pytest.mark.parametrize(
    ("program", "property_name", "words"),
    [
        ({}, "content", "set one of `content`"),
        (
            {"content": "a", "source": "b"},
            "content",
            "set only one of `content`, `content_base64` and `source`; got `content` and `source`",
        ),
        ({"contentBase64": "!"}, "contentBase64", "is not valid base64"),
        ({"source": "none.txt"}, "source", "does not exist"),
        ({"content": "x", "path": "a.txt"}, "path", 'use "/a.txt"'),
        ({"content": "x", "contextId": ""}, "contextId", "must not be empty"),
        ({"content": "x", "colour": "red"}, "colour", "unknown property"),
    ],
)
def test_invalid_input_names_the_property(file: File, program: dict[str, Any], property_name: str, words: str) -> None:
    with pytest.raises(CheckFailedError) as caught:
        file.up(**program)
    assert str(caught.value).startswith(f"{property_name}: ")
    assert words in str(caught.value)
    assert file.server.requests[1:] == []


def test_unknown_values_plan_a_change() -> None:
    news = {"contextId": UNKNOWN, "path": "/a", "content": UNKNOWN}
    checked = check(news)
    assert checked.failures == []
    assert checked.inputs == {**news, "size": UNKNOWN, "sha256": UNKNOWN}
    olds = {"contextId": "c", "path": "/a", "size": 1, "sha256": "x"}
    assert diff(olds, checked.inputs).changes == {
        "contextId": "replace",
        "content": "update",
        "size": "update",
        "sha256": "update",
    }
