"""Tests that compare the server with a dictionary: random operations in any order, and restarts, leave both equal."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pulumi_agbcontext.testing.server import LocalServer

from .api import Api

NAMES = st.sampled_from(["memory", "Größe", "a b", "memory2"])
REGIONS = st.sampled_from(["", "cn-hangzhou", "cn-shanghai"])
PATHS = st.sampled_from(["/f", "/a", "/a/f", "/a/b/f", "/ab/f", "/a b/ü", "/a0"])
DIRECTORIES = st.sampled_from(["", "/", "/a", "/a/", "/a/b", "/f", "/nowhere"])
CONTENTS = st.sampled_from([b"", b"content", b"other content", b"x" * 70_000])
KEYS = ["one-key", "another-key"]


@dataclass
class Model:
    """The expected content of one context."""

    key: str
    region: str
    name: str
    files: dict[str, bytes] = field(default_factory=dict)


class ServerMachine(RuleBasedStateMachine):
    """State machine with contexts of two accounts. `contexts` contains the ids of existing and of deleted contexts."""

    contexts = Bundle("contexts")
    durable = False

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory() if self.durable else None
        self.model: dict[str, Model] = {}

    @initialize()
    def start(self) -> None:
        data = self.directory.name if self.directory else ":memory:"
        self.server = LocalServer(data=data, clear_polls=1).start()
        self.apis = {key: Api(self.server.url, key) for key in KEYS}

    def teardown(self) -> None:
        self.end()
        if self.directory:
            self.directory.cleanup()

    def end(self) -> None:
        for api in self.apis.values():
            api.session.close()
        self.server.check()
        self.server.stop()

    def holder(self, key: str, region: str, name: str) -> str | None:
        """Return the id of the existing context with a name."""
        wanted = (key, region or "cn-hangzhou", name)
        return next((i for i, m in self.model.items() if (m.key, m.region, m.name) == wanted), None)

    @rule(target=contexts, key=st.sampled_from(KEYS), region=REGIONS, name=NAMES)
    def create(self, key: str, region: str, name: str) -> str:
        known = self.holder(key, region, name)
        context_id = self.apis[key].create(name, loginRegionId=region)
        assert known in (None, context_id)
        assert (context_id in self.model) == (known is not None)
        self.model.setdefault(context_id, Model(key, region or "cn-hangzhou", name))
        return context_id

    @rule(key=st.sampled_from(KEYS), region=REGIONS, name=NAMES)
    def find(self, key: str, region: str, name: str) -> None:
        status, body = self.apis[key].call("GetContext", name=name, loginRegionId=region)
        known = self.holder(key, region, name)
        assert (status, body.get("data", {}).get("id")) == ((404, None) if known is None else (200, known))

    @rule(context_id=contexts, name=NAMES, key=st.sampled_from(KEYS))
    def rename(self, context_id: str, name: str, key: str) -> None:
        status, _ = self.apis[key].call("ModifyContext", id=context_id, name=name)
        model = self.model.get(context_id)
        if model is None or model.key != key:
            assert status == 404
        elif self.holder(key, model.region, name) in (None, context_id):
            assert status == 200
            model.name = name
        else:
            assert status == 409

    @rule(context_id=contexts, path=PATHS, content=CONTENTS)
    def upload(self, context_id: str, path: str, content: bytes) -> None:
        model = self.model.get(context_id)
        if model is None:
            assert self.apis[KEYS[0]].call("GetContextFileUploadUrl", contextId=context_id, filePath=path)[0] == 404
            return
        self.apis[model.key].upload(context_id, path, content)
        model.files[path] = content

    @rule(context_id=contexts, path=PATHS)
    def delete_file(self, context_id: str, path: str) -> None:
        model = self.model.get(context_id)
        api = self.apis[model.key if model else KEYS[0]]
        status, _ = api.call("DeleteContextFile", contextId=context_id, filePath=path)
        assert status == (200 if model and path in model.files else 404)
        if model:
            model.files.pop(path, None)

    @rule(context_id=contexts, path=PATHS)
    def download(self, context_id: str, path: str) -> None:
        model = self.model.get(context_id)
        if model is None:
            return
        api = self.apis[model.key]
        answer = api.get(api.download_url(context_id, path))
        if path in model.files:
            assert answer.content == model.files[path]
        else:
            assert answer.status_code == 404

    @rule(context_id=contexts, directory=DIRECTORIES, size=st.integers(1, 4))
    def list_files(self, context_id: str, directory: str, size: int) -> None:
        model = self.model.get(context_id)
        if model is None:
            return
        prefix = directory.removesuffix("/") + "/"
        wanted = sorted(path.encode() for path in model.files if path.startswith(prefix))
        listed: list[bytes] = []
        for number in range(1, len(model.files) + 2):
            arguments = {"contextId": context_id, "parentFolderPath": directory, "pageNumber": number, "pageSize": size}
            _, page = self.apis[model.key].call("DescribeContextFiles", **arguments)
            assert page["count"] == len(wanted)
            listed += [file["filePath"].encode() for file in page["data"]]
        assert listed == wanted

    @rule(context_id=contexts, upload_meanwhile=st.booleans())
    def clear(self, context_id: str, upload_meanwhile: bool) -> None:
        model = self.model.get(context_id)
        if model is None:
            assert self.apis[KEYS[0]].call("ClearContext", id=context_id)[0] == 404
            return
        api = self.apis[model.key]
        api.data("ClearContext", id=context_id)
        if upload_meanwhile:
            api.upload(context_id, "/f", b"soon gone")
        assert [api.state(context_id), api.state(context_id)] == ["clearing", "available"]
        model.files.clear()

    @rule(context_id=contexts, key=st.sampled_from(KEYS))
    def delete(self, context_id: str, key: str) -> None:
        status, _ = self.apis[key].call("DeleteContext", id=context_id)
        model = self.model.get(context_id)
        assert status == (200 if model and model.key == key else 404)
        if status == 200:
            del self.model[context_id]

    @invariant()
    def both_hold_the_same(self) -> None:
        for key in KEYS if hasattr(self, "apis") else []:
            held = {context["id"]: (context["region"], context["name"]) for context in self.server.contexts(key)}
            assert held == {i: (m.region, m.name) for i, m in self.model.items() if m.key == key}
            for context_id in held:
                assert self.server.files(key, context_id) == self.model[context_id].files


class DurableServerMachine(ServerMachine):
    """The same state machine with a data directory and restarts. The disk contains only the expected files."""

    durable = True

    @rule()
    def restart(self) -> None:
        self.end()
        self.start()

    @invariant()
    def the_disk_holds_every_content_once(self) -> None:
        if self.directory and hasattr(self, "apis"):
            kept = list((Path(self.directory.name) / "blobs").glob("*/*"))
            assert len(kept) == len({content for model in self.model.values() for content in model.files.values()})


def live(machine: type[ServerMachine], lives: int, steps: int) -> None:
    """Run a number of random sequences, each of a number of steps."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine, settings=settings(max_examples=lives, stateful_step_count=steps, deadline=None)
    )


def test_a_server_in_memory_matches_a_dictionary() -> None:
    live(ServerMachine, lives=10, steps=25)


def test_a_server_on_disk_matches_a_dictionary_across_restarts() -> None:
    live(DurableServerMachine, lives=8, steps=25)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_many_long_sequences_on_disk() -> None:
    live(DurableServerMachine, lives=200, steps=60)
