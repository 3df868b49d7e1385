"""Execution of a command, with its server, its provider processes and its program."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint
from pulumi_agbcontext.testing.engine.deployment import Deployment
from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.engine.engine_errors import DeploymentError
from pulumi_agbcontext.testing.engine.goal import STACK_TYPE, Goal
from pulumi_agbcontext.testing.engine.monitor import Monitor, Server
from pulumi_agbcontext.testing.engine.plugins import start_plugin
from pulumi_agbcontext.testing.engine.processes import Process
from pulumi_agbcontext.testing.engine.program import start_program
from pulumi_agbcontext.testing.engine.project import ConfigText, Project
from pulumi_agbcontext.testing.engine.property_values import Properties
from pulumi_agbcontext.testing.engine.provider_process import Provider
from pulumi_agbcontext.testing.engine.provider_resources import DeploymentOptions, StartProvider
from pulumi_agbcontext.testing.engine.provider_responses import ListedResource

POLL_SECONDS = 0.5  # interval at which a running program is checked for failed operations
EXIT_GRACE_SECONDS = 5.0  # time for the program to exit after the deployment has failed
STOPPED_BY_ENGINE = -1


@dataclass(frozen=True)
class Execution:
    """Execution of a command.

    Attributes:
        project: project of the stack.
        stack: name of the stack.
        config: configuration by key.
        display: display of the command.
        save: saves the state.
        parallel: maximum number of concurrent operations.
        deadline: deadline for every wait, as a `time.monotonic()` value.
    """

    project: Project
    stack: str
    config: dict[str, ConfigText]
    display: Display
    save: Callable[[Checkpoint], None]
    parallel: int
    deadline: float

    def update(self, base: Checkpoint, preview: bool, refresh: bool) -> None:
        """Update the stack to match its program.

        Args:
            base: state before the command.
            preview: whether this is a preview.
            refresh: whether to refresh the state first.

        Raises:
            DeploymentError: an operation failed. Completed operations are saved.
        """
        with self._deployment(base, preview, "update") as (deployment, address):
            self._warn_about_pending(base)
            if refresh:
                self._refresh_first(deployment)
            self._run_program(deployment, address, preview)
            deployment.finish()
            if not deployment.failed:
                old = next((r.outputs for r in base.resources if r.type == STACK_TYPE), {})
                self.display.outputs(old, deployment.stack_outputs or {})

    def refresh(self, base: Checkpoint, preview: bool) -> None:
        """Update the state to match the actual resources.

        Args:
            base: state before the command.
            preview: whether this is a preview.

        Raises:
            DeploymentError: a read failed.
        """
        with self._deployment(base, preview, "refresh") as (deployment, _):
            deployment.refresh()

    def destroy(self, base: Checkpoint, preview: bool, refresh: bool) -> None:
        """Delete all resources.

        Args:
            base: state before the command.
            preview: whether this is a preview.
            refresh: whether to refresh the state first.

        Raises:
            DeploymentError: an operation failed. Completed operations are saved.
        """
        with self._deployment(base, preview, "destroy") as (deployment, _):
            if refresh:
                self._refresh_first(deployment)
            deployment.destroy()

    def list_resources(self, base: Checkpoint, token: str, query: Properties) -> list[ListedResource]:
        """Return the resources of a type that can be imported.

        Args:
            base: state of the stack.
            token: type of the resources.
            query: list inputs by wire name.

        Raises:
            EngineError: the query is invalid, or the provider failed.
        """
        with self._deployment(base, True, "list") as (deployment, _):
            provider = deployment.find_provider(Goal(token, "", parent="", custom=True, inputs={}))
            return provider.list_resources(token, query)

    def _warn_about_pending(self, base: Checkpoint) -> None:
        """Warn about interrupted operations of an earlier command, whose outcome is unknown."""
        for operation in base.pending_operations:
            message = f"an earlier command was interrupted while {operation.type} this; refresh to read its state"
            self.display.diagnostic("warning", message, operation.resource.urn)

    def _refresh_first(self, deployment: Deployment) -> None:
        deployment.refresh()
        self.display.changes.clear()  # the summary covers only the operations that follow

    @contextmanager
    def _deployment(self, base: Checkpoint, preview: bool, command: str) -> Iterator[tuple[Deployment, str]]:
        started = time.monotonic()
        self.display.heading(command, self.stack, preview)
        server = Server(self.display, self.parallel)
        providers: list[Provider] = []

        def start_provider(package: str, environment: dict[str, str]) -> Provider:
            process = start_plugin(package, self.project, environment, server.address, self._show_line)
            providers.append(Provider(process, self.deadline))
            return providers[-1]

        deployment = Deployment(self._options(start_provider, preview), base)
        server.start(Monitor(deployment))
        try:
            yield deployment, server.address
        except KeyboardInterrupt:
            deployment.interrupt(self.deadline)
        finally:
            for provider in providers:
                provider.stop()
            server.stop()
        self.display.summary(started)
        if deployment.failed:
            raise DeploymentError(f"{'preview' if preview else command} failed")

    def _options(self, start_provider: StartProvider, preview: bool) -> DeploymentOptions:
        return DeploymentOptions(
            project=self.project,
            stack=self.stack,
            config=self.config,
            display=self.display,
            start_provider=start_provider,
            save=(lambda _: None) if preview else self.save,
            parallel=self.parallel,
            preview=preview,
        )

    def _show_line(self, line: str) -> None:
        self.display.diagnostic("info", line)

    def _run_program(self, deployment: Deployment, address: str, preview: bool) -> None:
        def show_line(line: str) -> None:
            if not deployment.failed:  # later output only reports the end of the deployment
                self._show_line(line)

        program = start_program(self.project, self.stack, self.config, address, self.parallel, preview, show_line)
        try:
            code = self._wait_for_exit(program, deployment)
        finally:
            program.stop()
        if code is None:
            deployment.fail("the program did not end within the time limit of this command")
        elif code != 0 and not deployment.failed:
            deployment.fail(f"the program ended with exit code {code}")

    def _wait_for_exit(self, program: Process, deployment: Deployment) -> int | None:
        while not deployment.failed:
            code = program.wait(min(POLL_SECONDS, self.deadline - time.monotonic()))
            if code is not None or time.monotonic() > self.deadline:
                return code
        code = program.wait(EXIT_GRACE_SECONDS)
        return STOPPED_BY_ENGINE if code is None else code
