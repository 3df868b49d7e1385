"""Pulumi stack on this machine, with the methods of `pulumi.automation.Stack`."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from pulumi.automation import DestroyResult, OpType, PreviewResult, RefreshResult, UpdateSummary, UpResult

from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint
from pulumi_agbcontext.testing.engine.display import Display, OnEvent, OnOutput
from pulumi_agbcontext.testing.engine.engine_errors import DeploymentError, EngineError
from pulumi_agbcontext.testing.engine.execution import Execution
from pulumi_agbcontext.testing.engine.property_values import Secret
from pulumi_agbcontext.testing.engine.provider_responses import ListedResource
from pulumi_agbcontext.testing.engine.secrets import make_private_directory
from pulumi_agbcontext.testing.engine.stored import StoredStack, as_command_error

DEFAULT_PARALLEL = 16  # concurrent operations, as in the CLI
DEFAULT_TIMEOUT = 600.0  # seconds for a complete command


class Stack(StoredStack):
    """Stack of a Pulumi program on the test engine, for tests and for machines without the Pulumi CLI.

    All commands accept these arguments:

    Args:
        parallel: maximum number of concurrent operations.
        on_output: called with each chunk of output.
        on_event: called with an event for each operation when it starts, and with a summary event at the end.
    """

    def __init__(
        self,
        work_dir: str | Path,
        name: str = "dev",
        state: str | Path | None = None,
        passphrase: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        """Open the stack, which need not exist yet.

        Args:
            work_dir: directory that contains the program's `Pulumi.yaml`.
            name: name of the stack.
            state: file that stores the state, by default `.pulumi-test/<name>.json` in `work_dir`. The configuration is
                stored next to it.
            passphrase: passphrase that encrypts secrets. By default, it is read from the environment or generated next
                to the state.
            timeout: maximum duration of a command, in seconds.

        Raises:
            pulumi.automation.CommandError: the project does not exist or is invalid.
        """
        super().__init__(work_dir, name, state, passphrase)
        self._timeout = timeout

    def preview(
        self,
        *,
        refresh: bool = False,
        expect_no_changes: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> PreviewResult:
        """Show what `up` would change, without changing anything. Providers run check and diff.

        Args:
            refresh: whether to refresh the state first.
            expect_no_changes: whether to fail if there would be changes.

        Raises:
            pulumi.automation.CommandError: the preview failed.
        """
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.update(base, preview=True, refresh=refresh)
            _check_expected_changes(execution.display, expect_no_changes)
        return _preview_result(execution.display)

    def up(
        self,
        *,
        refresh: bool = False,
        expect_no_changes: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> UpResult:
        """Update the stack to match its program.

        Args:
            refresh: whether to refresh the state first.
            expect_no_changes: whether to fail if there were changes.

        Raises:
            pulumi.automation.CommandError: an operation failed. The state contains all completed operations.
        """
        started = datetime.now(timezone.utc)
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.update(base, preview=False, refresh=refresh)
            _check_expected_changes(execution.display, expect_no_changes)
        display = execution.display
        return UpResult(display.text, "", self._summary("update", started, display), self.outputs())

    def refresh(
        self,
        *,
        expect_no_changes: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> RefreshResult:
        """Update the state to match the actual resources. The program is not run.

        Args:
            expect_no_changes: whether to fail if there were changes.

        Raises:
            pulumi.automation.CommandError: a read failed.
        """
        started = datetime.now(timezone.utc)
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.refresh(base, preview=False)
            _check_expected_changes(execution.display, expect_no_changes)
        return RefreshResult(execution.display.text, "", self._summary("refresh", started, execution.display))

    def preview_refresh(
        self,
        *,
        expect_no_changes: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> PreviewResult:
        """Show what `refresh` would change. The state is not changed.

        Args:
            expect_no_changes: whether to fail if there would be changes.

        Raises:
            pulumi.automation.CommandError: a read failed.
        """
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.refresh(base, preview=True)
            _check_expected_changes(execution.display, expect_no_changes)
        return _preview_result(execution.display)

    def destroy(
        self,
        *,
        refresh: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> DestroyResult:
        """Delete all resources of the stack, dependents first. The program is not run, and the configuration is kept.

        Args:
            refresh: whether to refresh the state first.

        Raises:
            pulumi.automation.CommandError: an operation failed. The state contains the remaining resources.
        """
        started = datetime.now(timezone.utc)
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.destroy(base, preview=False, refresh=refresh)
        return DestroyResult(execution.display.text, "", self._summary("destroy", started, execution.display))

    def preview_destroy(
        self,
        *,
        refresh: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> PreviewResult:
        """Show what `destroy` would delete.

        Args:
            refresh: whether to refresh the state first.

        Raises:
            pulumi.automation.CommandError: the preview failed.
        """
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.destroy(base, preview=True, refresh=refresh)
        return _preview_result(execution.display)

    def list_resources(self, token: str, **query: str) -> list[ListedResource]:
        """Return the resources that can be imported, as `pulumi do TOKEN list` does on the CLI.

        Args:
            token: type of resources of a plugin, such as `agbcontext:index:Context`.
            **query: list inputs of the type by wire name, such as `namePrefix`.

        Raises:
            pulumi.automation.CommandError: the query is invalid, or the call failed.
        """
        with self._command(1, None, None) as (execution, base):
            return execution.list_resources(base, token, {**query})

    @contextmanager
    def _command(
        self, parallel: int, on_output: OnOutput | None, on_event: OnEvent | None
    ) -> Iterator[tuple[Execution, Checkpoint]]:
        """Run a command on the current state, under the lock of the stack."""
        display = Display(on_output, on_event, live_status=True)
        config = self._config.all()
        display.hide(str(value.value) for value in config.values() if isinstance(value, Secret))
        with as_command_error(display), self._locked():
            execution = Execution(
                project=self._project,
                stack=self.name,
                config=config,
                display=display,
                save=self._state.save,
                parallel=parallel,
                deadline=time.monotonic() + self._timeout,
            )
            yield execution, self._state.load()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        make_private_directory(self._state.path.parent)
        with self._state.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise EngineError(f"the stack is currently locked by another command on {self._state.path}") from None
            yield

    def _summary(self, kind: str, started: datetime, display: Display) -> UpdateSummary:
        return UpdateSummary(
            kind=kind,
            start_time=started,
            message="",
            environment={},
            config={key: {"value": c.value, "secret": c.secret} for key, c in self.get_all_config().items()},
            result="succeeded",
            end_time=datetime.now(timezone.utc),
            resource_changes=_change_summary(display),
        )


def _preview_result(display: Display) -> PreviewResult:
    return PreviewResult(display.text, "", _change_summary(display))


def _change_summary(display: Display) -> dict[OpType, int]:
    return {OpType(operation): count for operation, count in display.changes.items()}


def _check_expected_changes(display: Display, expect_no_changes: bool) -> None:
    if expect_no_changes and set(display.changes) - {"same"}:
        reason = "for preview but changes were proposed" if display.preview else "but changes occurred"
        raise DeploymentError(f"no changes were expected {reason}")
