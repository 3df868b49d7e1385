"""A small dynamic provider for the tests of the test engine. Its boxes are JSON files in the directory `BOXES`."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

OWN = ("__provider", "made", "owner")


def shelf() -> Path:
    """Return the directory of the boxes."""
    return Path(os.environ["BOXES"])


_LOCK = threading.Lock()


def note(event: str, **details: Any) -> None:
    """Append a line to the log of the providers."""
    with (shelf() / "log").open("a") as log:
        log.write(json.dumps({"event": event, "pid": os.getpid(), "time": time.monotonic(), **details}) + "\n")


def _bare(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key not in OWN}


class BoxProvider(ResourceProvider):
    """Provider of boxes. `trigger` deletes before it creates, `color` creates before it deletes, all else updates."""

    serialize_as_secret_always = False
    owner: str | None = None

    def configure(self, req: ConfigureRequest) -> None:
        BoxProvider.owner = req.config.get("boxes:owner")
        note("configure", owner=BoxProvider.owner, directory=str(Path.cwd()))

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        note("check", label=news.get("label"), olds=sorted(olds), news=sorted(news))
        failures = [CheckFailure(key, "is broken") for key, value in news.items() if value == "broken"]
        return CheckResult(news, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        note("diff", id=id_, olds=sorted(olds), news=sorted(news))
        before, after = _bare(olds), _bare(news)
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        replaces = [key for key in changed if key in ("trigger", "color")]
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace="trigger" in replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        id_ = self._new_id(props)
        if props.get("says"):
            print(props["says"])  # noqa: T201 (to test that the output of a provider is shown)
        time.sleep(float(props.get("seconds") or 0))
        if props.get("dies"):
            os._exit(1)
        if props.get("label") == "cursed":
            raise RuntimeError("this box cannot be made")
        return CreateResult(id_, self._write(id_, props))

    def _new_id(self, props: dict[str, Any]) -> str:
        """Return an id that does not depend on the engine: the label and the number of earlier boxes of that label."""
        with _LOCK:
            log = shelf() / "log"
            before = sum(
                event["event"] == "create" and event["label"] == props.get("label")
                for event in map(json.loads, log.read_text().splitlines())
            )
            note("create", label=props.get("label"))
            return f"box-{props.get('label')}-{before}"

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        note("update", label=news.get("label"))
        time.sleep(float(news.get("seconds") or 0))
        return UpdateResult(self._write(id_, news))

    def _write(self, id_: str, props: dict[str, Any]) -> dict[str, Any]:
        (shelf() / f"{id_}.json").write_text(json.dumps(_bare(props)))
        return {**_bare(props), "made": True, "owner": self.owner}

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        file = shelf() / f"{id_}.json"
        note("read", id=id_)
        if not file.exists():
            return ReadResult("", {})
        observed = json.loads(file.read_text())
        return ReadResult(id_, {**observed, "made": True, "owner": self.owner}, inputs=observed)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        note("delete", label=props.get("label"))
        if props.get("label") == "stuck":
            raise RuntimeError("this box cannot be deleted")
        (shelf() / f"{id_}.json").unlink(missing_ok=True)


class Box(Resource, module="boxes", name="Box"):
    """A box."""

    made: pulumi.Output[bool]
    owner: pulumi.Output[str]
    label: pulumi.Output[str]
    content: pulumi.Output[Any]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **props: Any) -> None:
        unset = dict.fromkeys(("made", "owner", "label", "content"))
        super().__init__(BoxProvider(), name, {**unset, **props}, opts)


class Crate(pulumi.ComponentResource):
    """A component with one box in it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **props: Any) -> None:
        super().__init__("boxes:index:Crate", name, None, opts)
        self.box = Box(f"{name}-box", pulumi.ResourceOptions(parent=self), **props)
        self.register_outputs({"label": self.box.label})
