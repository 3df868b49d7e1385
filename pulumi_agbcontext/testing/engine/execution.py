"""Execution of a command: starts and stops the server, the provider processes and the program."""

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
from pulumi_agbcontext.testing.engine.provider_resources import Setting, StartProvider
from pulumi_agbcontext.testing.engine.provider_responses import ListedResource

LOOK_SECONDS = 0.5  # interval for checking for a failure while the program is running
AFTER_FAILURE_SECONDS = 5.0  # time for the program to exit after the deployment has failed
ENDED_BY_US = -1


@dataclass(frozen=True)
class Execution:
    """A command. `deadline` is a time of `time.monotonic` that limits every wait."""

    project: Project
    stack: str
    config: dict[str, ConfigText]
    display: Display
    save: Callable[[Checkpoint], None]
    parallel: int
    deadline: float

    def update(self, base: Checkpoint, preview: bool, refresh: bool) -> None:
        """Run the program, and update the stack accordingly.

        Arguments: refresh: whether to refresh the state first.

        Raises: DeploymentError; completed operations are saved.
        """
        with self._deployment(base, preview, "update") as (deployment, address):
            self._warn_of_pending(base)
            if refresh:
                self._refresh_first(deployment)
            self._run_program(deployment, address, preview)
            deployment.finish()
            if not deployment.failed:
                old = next((r.outputs for r in base.resources if r.type == STACK_TYPE), {})
                self.display.outputs(old, deployment.stack_outputs or {})

    def refresh(self, base: Checkpoint, preview: bool) -> None:
        """Update the state to match the actual resources.

        Raises: DeploymentError.
        """
        with self._deployment(base, preview, "refresh") as (deployment, _):
            deployment.refresh()

    def destroy(self, base: Checkpoint, preview: bool, refresh: bool) -> None:
        """Delete all resources.

        Arguments: refresh: whether to refresh the state first.

        Raises: DeploymentError.
        """
        with self._deployment(base, preview, "destroy") as (deployment, _):
            if refresh:
                self._refresh_first(deployment)
            deployment.destroy()

    def list_resources(self, base: Checkpoint, token: str, query: Properties) -> list[ListedResource]:
        """Return the resources of a type that can be imported.

        Raises: EngineError.
        """
        with self._deployment(base, True, "list") as (deployment, _):
            provider = deployment.find_provider(Goal(token, "", parent="", custom=True, inputs={}))
            return provider.list_resources(token, query)

    def _warn_of_pending(self, base: Checkpoint) -> None:
        """Warn about interrupted operations of an earlier command, whose outcome is unknown."""
        for operation in base.pending_operations:
            message = f"an earlier command was interrupted while {operation.type} this; refresh to read its state"
            self.display.diagnostic("warning", message, operation.resource.urn)

    def _refresh_first(self, deployment: Deployment) -> None:
        deployment.refresh()
        self.display.changes.clear()  # the summary covers only the operations that follow

    @contextmanager
    def _deployment(self, base: Checkpoint, preview: bool, doing: str) -> Iterator[tuple[Deployment, str]]:
        started = time.monotonic()
        self.display.heading(doing, self.stack, preview)
        server = Server(self.display, self.parallel)
        providers: list[Provider] = []

        def start_provider(package: str, environment: dict[str, str]) -> Provider:
            process = start_plugin(package, self.project, environment, server.address, self._printed)
            providers.append(Provider(process, self.deadline))
            return providers[-1]

        deployment = Deployment(self._setting(start_provider, preview), base)
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
            raise DeploymentError(f"{'preview' if preview else doing} failed")

    def _setting(self, start_provider: StartProvider, preview: bool) -> Setting:
        return Setting(
            project=self.project,
            stack=self.stack,
            config=self.config,
            display=self.display,
            start_provider=start_provider,
            save=(lambda _: None) if preview else self.save,
            parallel=self.parallel,
            preview=preview,
        )

    def _printed(self, line: str) -> None:
        self.display.diagnostic("info", line)

    def _run_program(self, deployment: Deployment, address: str, preview: bool) -> None:
        def printed(line: str) -> None:
            if not deployment.failed:  # later output of the program is caused by the failure
                self._printed(line)

        program = start_program(self.project, self.stack, self.config, address, self.parallel, preview, printed)
        try:
            code = self._await(program, deployment)
        finally:
            program.stop()
        if code is None:
            deployment.fail("the program did not end within the time limit of this command")
        elif code != 0 and not deployment.failed:
            deployment.fail(f"the program ended with exit code {code}")

    def _await(self, program: Process, deployment: Deployment) -> int | None:
        while not deployment.failed:
            code = program.wait(min(LOOK_SECONDS, self.deadline - time.monotonic()))
            if code is not None or time.monotonic() > self.deadline:
                return code
        code = program.wait(AFTER_FAILURE_SECONDS)
        return ENDED_BY_US if code is None else code
