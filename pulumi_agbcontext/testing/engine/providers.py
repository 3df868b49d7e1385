"""The default provider of a deployment: its resource in the state, and the processes that play it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint, Resource, now
from pulumi_agbcontext.testing.engine.display import PROVIDER_TYPES, Display
from pulumi_agbcontext.testing.engine.goal import make_urn
from pulumi_agbcontext.testing.engine.paths import differences
from pulumi_agbcontext.testing.engine.project import ConfigText, Project
from pulumi_agbcontext.testing.engine.provider import DYNAMIC_PACKAGE, Provider
from pulumi_agbcontext.testing.engine.snapshot import Snapshot

PROVIDER_TYPE = PROVIDER_TYPES + DYNAMIC_PACKAGE


@dataclass(frozen=True)
class Setting:
    """What every deployment of a stack runs with. `parallel` is how many operations may run at once."""

    project: Project
    stack: str
    config: dict[str, ConfigText]
    display: Display
    start_provider: Callable[[dict[str, ConfigText]], Provider]
    save: Callable[[Checkpoint], None]
    parallel: int
    preview: bool


class Providers:
    """Starts a provider process for each configuration that is asked for, once."""

    def __init__(self, setting: Setting, snapshot: Snapshot) -> None:
        self._setting = setting
        self._snapshot = snapshot
        self._started: list[tuple[dict[str, ConfigText], Provider]] = []
        self._lock = threading.Lock()
        self.urn = make_urn(setting.stack, setting.project.name, "", PROVIDER_TYPE, "default")
        self.reference = ""

    def register(self, old: Resource | None) -> None:
        """Put the default provider in the state, with the stack's configuration; from now on it has a reference."""
        config = dict(sorted(self._setting.config.items()))
        changed = old is not None and bool(differences(old.inputs, config))
        new = Resource(self.urn, custom=True, type=PROVIDER_TYPE, inputs=config, outputs=config)
        new.id = old.id if old else str(uuid.uuid4())
        new.created = old.created if old else now()
        new.modified = old.modified if old and not changed else now()
        self._setting.display.begin("update" if changed else "same" if old else "create", new)
        self._snapshot.put(new, old, save=False)
        self.reference = f"{self.urn}::{new.id}"

    def current(self) -> Provider:
        """The provider with the stack's configuration as it is."""
        return self._process(self._setting.config)

    def remembered(self, base: list[Resource]) -> Provider:
        """The provider for what only the state knows of: with the configuration that the state remembers."""
        configs = [resource.inputs for resource in base if resource.type == PROVIDER_TYPE]
        return self.current() if self.reference or not configs else self._process(configs[-1])

    def _process(self, config: dict[str, ConfigText]) -> Provider:
        with self._lock:
            for known, provider in self._started:
                if known == config:
                    return provider
            provider = self._setting.start_provider(config)
            self._started.append((config, provider))
            return provider
