"""Provider resources: which process plays each of them, with which settings."""

from __future__ import annotations

import os
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from pulumi_agbcontext.testing.engine.autonaming import Options
from pulumi_agbcontext.testing.engine.checkpoint import PROVIDER_TYPES, Checkpoint, Resource
from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.goal import ENVIRONMENT, OF_THE_ENGINE, Goal
from pulumi_agbcontext.testing.engine.plugins import DYNAMIC_PACKAGE
from pulumi_agbcontext.testing.engine.project import ConfigText, Project
from pulumi_agbcontext.testing.engine.property_paths import differences
from pulumi_agbcontext.testing.engine.property_values import UNKNOWN_TEXT, Properties, reveal
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.provider_responses import CheckFailure, Diff

StartProvider = Callable[[str, dict[str, str]], Provider]  # takes the package, and additions to the environment


@dataclass(frozen=True)
class Setting:
    """What every deployment of a stack runs with. `parallel` is how many operations may run at once."""

    project: Project
    stack: str
    config: dict[str, ConfigText]
    display: Display
    start_provider: StartProvider
    save: Callable[[Checkpoint], None]
    parallel: int
    preview: bool


def default_provider(package: str, version: str, config: dict[str, ConfigText]) -> Goal:
    """What the default provider of a package is to be: set as the stack's configuration says.

    Arguments: version: what the program wants of the package, empty for any.
    """
    inputs: Properties = dict(sorted(config.items()))
    if package != DYNAMIC_PACKAGE:  # dynamic providers read the configuration of every package
        keys = [key.partition(":") for key in inputs]
        inputs = {name: inputs[f"{package}:{name}"] for namespace, _, name in keys if namespace == package}
    name = f"default_{re.sub('[.+-]', '_', version)}" if version else "default"
    return Goal(PROVIDER_TYPES + package, name, parent="", custom=True, inputs=inputs, version=version)


class Providers:
    """The provider of provider resources: it starts and configures a process for each, once."""

    def __init__(self, start_provider: StartProvider) -> None:
        self._start_provider = start_provider
        self._checking: dict[str, Provider] = {}  # by URN: started, and not configured yet
        self._ready: dict[str, Provider] = {}  # by reference
        self._lock = threading.RLock()

    def find(self, reference: str, resources: list[Resource]) -> Provider:
        """The process of a provider resource, started if need be as one of the resources says.

        Raises: EngineError when there is no such provider.
        """
        with self._lock:
            if reference not in self._ready:
                found = [resource for resource in resources if reference_to(resource) == reference]
                if not found:
                    raise EngineError(f"unknown provider reference {reference!r}")
                self._configure(reference, found[-1].inputs)
            return self._ready[reference]

    def check(
        self, urn: str, olds: Properties, news: Properties, autonaming: Options | None = None
    ) -> tuple[Properties, list[CheckFailure]]:
        """The settings as the provider wants them, and what it refuses; a provider resource is not named."""
        with self._lock:
            process = next((p for reference, p in self._ready.items() if reference.startswith(f"{urn}::")), None)
            if process is None:
                process = self._checking[urn] = self._start(urn, news)
        checked, failures = process.check_config(urn, _visible(olds), _visible(news))
        own = {key: news[key] for key in (OF_THE_ENGINE, "version") if key in news}
        return {**checked, **own}, failures

    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff:
        """What it takes to get from old settings to new ones; without an answer, any difference is an update."""
        asked = self._checking.get(old.urn) or self.find(reference_to(old), [old])
        diff = asked.diff_config(old, _visible(inputs))
        return Diff(bool(differences(old.outputs, _visible(inputs)))) if diff.changes is None else diff

    def create(self, new: Resource, preview: bool) -> tuple[str, Properties]:
        """Configure the process of a new provider resource."""
        id_ = UNKNOWN_TEXT if preview else str(uuid.uuid4())
        with self._lock:
            self._configure(f"{new.urn}::{id_}", new.inputs)
        return id_, _visible(new.inputs)

    def update(self, old: Resource, new: Resource, preview: bool) -> Properties:
        """Configure a process with new settings."""
        with self._lock:
            self._configure(f"{new.urn}::{old.id}", new.inputs)
        return _visible(new.inputs)

    def cancel(self) -> None:
        """Ask every process to end the operations under way."""
        with self._lock:
            processes = list(self._ready.values())
        for process in processes:
            process.cancel()

    def _configure(self, reference: str, inputs: Properties) -> None:
        urn = reference.rpartition("::")[0]
        process = self._checking.pop(urn, None) or self._start(urn, inputs)
        process.configure(_visible(inputs))
        self._ready[reference] = process

    def _start(self, urn: str, settings: Properties) -> Provider:
        mappings = reveal(settings.get(OF_THE_ENGINE) or {}).get(ENVIRONMENT, {})
        environment = {name: os.environ[source] for source, name in mappings.items() if source in os.environ}
        return self._start_provider(urn.split("::")[2].rpartition(PROVIDER_TYPES)[2], environment)


def reference_to(resource: Resource) -> str:
    """How other resources name a provider resource."""
    return f"{resource.urn}::{resource.id}"


def _visible(settings: Properties) -> Properties:
    return {key: value for key, value in settings.items() if key != OF_THE_ENGINE}
