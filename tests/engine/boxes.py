"""A small dynamic provider for the test engine's own tests: boxes that are JSON files in the folder `BOXES`."""

from __future__ import annotations

import json
import os
import time
import uuid
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
    """The folder of the boxes."""
    return Path(os.environ["BOXES"])


def note(event: str, **details: Any) -> None:
    """Add a line to the log of what providers did."""
    with (shelf() / "log").open("a") as log:
        log.write(json.dumps({"event": event, "pid": os.getpid(), "time": time.monotonic(), **details}) + "\n")


def _bare(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key not in OWN}


class BoxProvider(ResourceProvider):
    """Keeps boxes. `trigger` replaces, deleting first; `color` replaces, creating first; all else updates."""

    serialize_as_secret_always = False
    owner: str | None = None

    def configure(self, req: ConfigureRequest) -> None:
        BoxProvider.owner = req.config.get("boxes:owner")
        note("configure", owner=BoxProvider.owner, folder=str(Path.cwd()))

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [CheckFailure(key, "is broken") for key, value in news.items() if value == "broken"]
        return CheckResult(news, failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        before, after = _bare(olds), _bare(news)
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        replaces = [key for key in changed if key in ("trigger", "color")]
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace="trigger" in replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        note("create", label=props.get("label"))
        time.sleep(float(props.get("seconds") or 0))
        if props.get("label") == "cursed":
            raise RuntimeError("this box cannot be made")
        id_ = f"box-{uuid.uuid4().hex[:8]}"
        return CreateResult(id_, self._write(id_, props))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        note("update", label=news.get("label"))
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
