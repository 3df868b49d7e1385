"""A Pulumi stack on this machine, with the methods of `pulumi.automation.Stack`."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from pulumi.automation import (
    CommandError,
    ConfigValue,
    Deployment,
    DestroyResult,
    OpType,
    OutputMap,
    OutputValue,
    PreviewResult,
    RefreshResult,
    UpdateSummary,
    UpResult,
)
from pulumi.automation._cmd import CommandResult

from pulumi_agbcontext.testing.engine.checkpoint import Checkpoint, StateFile
from pulumi_agbcontext.testing.engine.display import Display, OnEvent, OnOutput
from pulumi_agbcontext.testing.engine.errors import DeploymentError, EngineError
from pulumi_agbcontext.testing.engine.execution import Execution
from pulumi_agbcontext.testing.engine.goal import STACK_TYPE
from pulumi_agbcontext.testing.engine.project import StackConfig, load_project
from pulumi_agbcontext.testing.engine.secrets import make_private_folder
from pulumi_agbcontext.testing.engine.values import Secret, reveal

DEFAULT_PARALLEL = 16  # operations at once, as the CLI
DEFAULT_TIMEOUT = 600.0  # seconds for one command, everything included
FAILED = 255  # the exit code that the automation API reports for every failure


class Stack:
    """A stack of a Pulumi program, run by the test engine: for tests, and for machines without the Pulumi CLI."""

    def __init__(
        self,
        work_dir: str | Path,
        name: str = "dev",
        state: str | Path | None = None,
        passphrase: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        """Open the stack, which need not exist yet.

        Arguments: work_dir: the folder of the program's `Pulumi.yaml`; state: the file of its state, by default
        `.pulumi-test/<name>.json` in `work_dir`, its configuration stands beside it; passphrase: what secrets are
        encrypted under, by default what the environment says, else a generated one beside the state; timeout:
        seconds that a command may take.

        Raises: pulumi.automation.CommandError when there is no such project.
        """
        with _as_command_error():
            self.name = name
            self._timeout = timeout
            self._project = load_project(Path(work_dir))
            path = Path(state) if state else self._project.root / ".pulumi-test" / f"{name}.json"
            self._state = StateFile(path.resolve(), passphrase)
            self._config = StackConfig(self._project, self._state)

    # commands

    def preview(
        self,
        *,
        refresh: bool = False,
        expect_no_changes: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> PreviewResult:
        """What `up` would do. Check and diff run; nothing is changed.

        Raises: pulumi.automation.CommandError.
        """
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.update(base, preview=True, refresh=refresh)
            _refuse_changes(execution.display, expect_no_changes)
        return PreviewResult(execution.display.text, "", _changes(execution.display))

    def up(
        self,
        *,
        refresh: bool = False,
        skip_preview: bool = True,
        expect_no_changes: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> UpResult:
        """Bring the stack to what its program says.

        Arguments: skip_preview: False for a preview first, in processes of its own, as the command line does.

        Raises: pulumi.automation.CommandError when anything failed; what succeeded is in the state.
        """
        if not skip_preview:
            self.preview(refresh=refresh, parallel=parallel, on_output=on_output, on_event=on_event)
        started = datetime.now(timezone.utc)
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.update(base, preview=False, refresh=refresh)
            _refuse_changes(execution.display, expect_no_changes)
        display = execution.display
        return UpResult(display.text, "", self._summary("update", started, display), self.outputs())

    def refresh(
        self,
        *,
        preview_only: bool = False,
        expect_no_changes: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> RefreshResult:
        """Bring the state to what there is; the program is not run.

        Raises: pulumi.automation.CommandError.
        """
        started = datetime.now(timezone.utc)
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.refresh(base, preview=preview_only)
            _refuse_changes(execution.display, expect_no_changes)
        display = execution.display
        return RefreshResult(display.text, "", self._summary("refresh", started, display))

    def destroy(
        self,
        *,
        refresh: bool = False,
        preview_only: bool = False,
        parallel: int = DEFAULT_PARALLEL,
        on_output: OnOutput | None = None,
        on_event: OnEvent | None = None,
    ) -> DestroyResult:
        """Delete all resources of the stack, dependents first; the program is not run, configuration stays.

        Raises: pulumi.automation.CommandError.
        """
        started = datetime.now(timezone.utc)
        with self._command(parallel, on_output, on_event) as (execution, base):
            execution.destroy(base, preview=preview_only, refresh=refresh)
        display = execution.display
        return DestroyResult(display.text, "", self._summary("destroy", started, display))

    # configuration, outputs, state

    def set_config(self, key: str, value: ConfigValue) -> None:
        """Set a configuration value for this and later commands; a key without a namespace gets the project's."""
        with _as_command_error():
            self._config.set(key, value.value, bool(value.secret))

    def get_config(self, key: str) -> ConfigValue:
        """One configuration value.

        Raises: pulumi.automation.CommandError when it is not set.
        """
        config = self.get_all_config()
        full = key if ":" in key else f"{self._project.name}:{key}"
        with _as_command_error():
            if full not in config:
                raise EngineError(f"configuration key {full!r} not found for stack {self.name!r}")
        return config[full]

    def get_all_config(self) -> dict[str, ConfigValue]:
        """Every configuration value by its key with namespace."""
        return {
            key: ConfigValue(str(reveal(value)), secret=isinstance(value, Secret))
            for key, value in self._config.all().items()
        }

    def remove_config(self, key: str) -> None:
        """Forget a configuration value that was set."""
        self._config.remove(key)

    def outputs(self) -> OutputMap:
        """The stack's outputs in the clear, each with whether it is secret."""
        with _as_command_error():
            resources = self._state.load().resources
        for resource in resources:
            if resource.type == STACK_TYPE:
                return {k: OutputValue(reveal(v), isinstance(v, Secret)) for k, v in resource.outputs.items()}
        return {}

    def export_stack(self, *, show_secrets: bool = True) -> Deployment:
        """The state as `pulumi stack export` writes it.

        Arguments: show_secrets: leave the secrets in the clear, as the automation API does and an engine without the
        passphrase needs; False for what may be written to a file.
        """
        with _as_command_error():
            exported = self._state.dump(self._state.load(), show_secrets)
        return Deployment(exported["version"], exported["deployment"])

    def import_stack(self, state: Deployment) -> None:
        """Take over a state that `export_stack` or `pulumi stack export` wrote.

        Raises: pulumi.automation.CommandError when it is of another project or stack, or encrypted under another
        passphrase.
        """
        with _as_command_error():
            checkpoint = self._state.parse({"version": state.version, "deployment": state.deployment})
            mine = f"urn:pulumi:{self.name}::{self._project.name}::"
            for resource in checkpoint.resources:
                if not resource.urn.startswith(mine):
                    raise EngineError(f"{resource.urn} belongs to another stack or project than {mine[11:-2]}")
            self._state.save(checkpoint)

    # how commands run

    @contextmanager
    def _command(
        self, parallel: int, on_output: OnOutput | None, on_event: OnEvent | None
    ) -> Iterator[tuple[Execution, Checkpoint]]:
        """A command and the state that it starts from, with nobody else at it."""
        display = Display(on_output, on_event, live_status=True)
        with _as_command_error(display), self._locked():
            execution = Execution(
                project=self._project,
                stack=self.name,
                config=self._config.all(),
                display=display,
                save=self._state.save,
                parallel=parallel,
                deadline=time.monotonic() + self._timeout,
            )
            yield execution, self._state.load()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        make_private_folder(self._state.path.parent)
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
            resource_changes=_changes(display),
        )


def _changes(display: Display) -> dict[OpType, int]:
    return {OpType(operation): count for operation, count in display.changes.items()}


def _refuse_changes(display: Display, expect_no_changes: bool) -> None:
    if expect_no_changes and set(display.changes) - {"same", "read"}:
        raise DeploymentError("no changes were expected but changes occurred")


@contextmanager
def _as_command_error(display: Display | None = None) -> Iterator[None]:
    """Raise what users of the automation API catch: its text holds what was shown, and why it failed."""
    try:
        yield
    except EngineError as error:
        shown, errors = (display.text, display.errors) if display else ("", [])
        text = "".join(f"{line}\n" for line in (f"error: {error}", *errors))
        raise CommandError(CommandResult(shown, text, FAILED)) from None
