"""Provider resources, their processes and their settings."""

from __future__ import annotations

import os
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from pulumi_agbcontext.testing.engine.autonaming import AutonamingOptions
from pulumi_agbcontext.testing.engine.checkpoint import PROVIDER_TYPES, Checkpoint, Resource
from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.goal import ENV_VAR_MAPPINGS, INTERNAL_SETTINGS, Goal
from pulumi_agbcontext.testing.engine.plugins import DYNAMIC_PACKAGE
from pulumi_agbcontext.testing.engine.project import ConfigText, Project
from pulumi_agbcontext.testing.engine.property_paths import differences
from pulumi_agbcontext.testing.engine.property_values import UNKNOWN_TEXT, Properties, reveal
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.provider_responses import CheckFailure, Diff

StartProvider = Callable[[str, dict[str, str]], Provider]  # arguments: package, additional environment variables


@dataclass(frozen=True)
class DeploymentOptions:
    """Options of a deployment.

    Attributes:
        project: project of the stack.
        stack: name of the stack.
        config: configuration by key.
        display: display of the deployment.
        start_provider: starts a provider process.
        save: saves the state.
        parallel: maximum number of concurrent operations.
        preview: whether this is a preview.
    """

    project: Project
    stack: str
    config: dict[str, ConfigText]
    display: Display
    start_provider: StartProvider
    save: Callable[[Checkpoint], None]
    parallel: int
    preview: bool


def default_provider(package: str, version: str, config: dict[str, ConfigText]) -> Goal:
    """Return the goal of the default provider of a package.

    Args:
        package: name of the package.
        version: version that the program requires; empty for any version.
        config: configuration of the stack by key, which contains the settings of the provider.
    """
    inputs: Properties = dict(sorted(config.items()))
    if package != DYNAMIC_PACKAGE:  # dynamic providers read the configuration of every package
        keys = [key.partition(":") for key in inputs]
        inputs = {name: inputs[f"{package}:{name}"] for namespace, _, name in keys if namespace == package}
    name = f"default_{re.sub('[.+-]', '_', version)}" if version else "default"
    return Goal(PROVIDER_TYPES + package, name, parent="", custom=True, inputs=inputs, version=version)


class Providers:
    """Provider of provider resources, which starts and configures one process for each of them.

    Args:
        start_provider: starts a provider process.
    """

    def __init__(self, start_provider: StartProvider) -> None:
        self._start_provider = start_provider
        self._checking: dict[str, Provider] = {}  # by URN: started, but not configured yet
        self._ready: dict[str, Provider] = {}  # by reference
        self._lock = threading.RLock()

    def find(self, reference: str, resources: list[Resource]) -> Provider:
        """Return the process of a provider resource. If it is not running, start it.

        Args:
            reference: reference to the provider resource.
            resources: resources that include the provider resource, with its settings.

        Raises:
            EngineError: the provider resource does not exist, or its process failed to start.
        """
        with self._lock:
            if reference not in self._ready:
                found = [resource for resource in resources if reference_to(resource) == reference]
                if not found:
                    raise EngineError(f"unknown provider reference {reference!r}")
                self._configure(reference, found[-1].inputs)
            return self._ready[reference]

    def check(
        self, urn: str, olds: Properties, news: Properties, autonaming: AutonamingOptions | None = None
    ) -> tuple[Properties, list[CheckFailure]]:
        """Return the checked settings and the failures. Provider resources are not autonamed."""
        with self._lock:
            process = next((p for reference, p in self._ready.items() if reference.startswith(f"{urn}::")), None)
            if process is None:
                process = self._checking[urn] = self._start(urn, news)
        checked, failures = process.check_config(urn, _without_internal(olds), _without_internal(news))
        internal = {key: news[key] for key in (INTERNAL_SETTINGS, "version") if key in news}
        return {**checked, **internal}, failures

    def diff(self, old: Resource, inputs: Properties, ignored: list[str]) -> Diff:
        """Return the diff of the settings. Without a diff from the provider, any difference is an update."""
        process = self._checking.get(old.urn) or self.find(reference_to(old), [old])
        diff = process.diff_config(old, _without_internal(inputs))
        return Diff(bool(differences(old.outputs, _without_internal(inputs)))) if diff.changes is None else diff

    def create(self, new: Resource, preview: bool) -> tuple[str, Properties]:
        """Configure the process of a new provider resource."""
        id_ = UNKNOWN_TEXT if preview else str(uuid.uuid4())
        with self._lock:
            self._configure(f"{new.urn}::{id_}", new.inputs)
        return id_, _without_internal(new.inputs)

    def update(self, old: Resource, new: Resource, preview: bool) -> Properties:
        """Configure a process with new settings."""
        with self._lock:
            self._configure(f"{new.urn}::{old.id}", new.inputs)
        return _without_internal(new.inputs)

    def cancel(self) -> None:
        """Ask every process to cancel the operations in flight."""
        with self._lock:
            processes = list(self._ready.values())
        for process in processes:
            process.cancel()

    def _configure(self, reference: str, inputs: Properties) -> None:
        urn = reference.rpartition("::")[0]
        process = self._checking.pop(urn, None) or self._start(urn, inputs)
        process.configure(_without_internal(inputs))
        self._ready[reference] = process

    def _start(self, urn: str, settings: Properties) -> Provider:
        mappings = reveal(settings.get(INTERNAL_SETTINGS) or {}).get(ENV_VAR_MAPPINGS, {})
        environment = {name: os.environ[source] for source, name in mappings.items() if source in os.environ}
        return self._start_provider(urn.split("::")[2].rpartition(PROVIDER_TYPES)[2], environment)


def reference_to(resource: Resource) -> str:
    """Return the reference by which other resources select a provider resource."""
    return f"{resource.urn}::{resource.id}"


def _without_internal(settings: Properties) -> Properties:
    return {key: value for key, value in settings.items() if key != INTERNAL_SETTINGS}
