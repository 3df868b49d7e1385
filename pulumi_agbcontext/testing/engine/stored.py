"""Stored configuration, state and outputs of a stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import CommandError, ConfigValue, Deployment, OutputMap, OutputValue
from pulumi.automation._cmd import CommandResult

from pulumi_agbcontext.testing.engine.checkpoint import StateFile
from pulumi_agbcontext.testing.engine.display import Display
from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.goal import STACK_TYPE
from pulumi_agbcontext.testing.engine.project import StackConfig, full_key, load_project
from pulumi_agbcontext.testing.engine.property_values import Secret, reveal

FAILED = 1  # exit code of a failed command, as in the CLI


class StoredStack:
    """Access to the stored configuration, state and outputs of a stack.

    Every failure raises `pulumi.automation.CommandError`.
    """

    def __init__(
        self, work_dir: str | Path, name: str = "dev", state: str | Path | None = None, passphrase: str | None = None
    ) -> None:
        """Open the stack, which need not exist yet.

        Args:
            work_dir: directory that contains the program's `Pulumi.yaml`.
            name: name of the stack.
            state: file that stores the state, by default `.pulumi-test/<name>.json` in `work_dir`. The configuration is
                stored next to it.
            passphrase: passphrase that encrypts secrets. By default, it is read from the environment or generated next
                to the state.

        Raises:
            pulumi.automation.CommandError: the project does not exist or is invalid.
        """
        with as_command_error():
            self.name = name
            self._project = load_project(Path(work_dir))
            path = Path(state) if state else self._project.root / ".pulumi-test" / f"{name}.json"
            self._state = StateFile(path.resolve(), passphrase)
            self._config = StackConfig(self._project, self._state)

    def set_config(self, key: str, value: ConfigValue) -> None:
        """Set a configuration value for this and later commands.

        Args:
            key: key; if it has no namespace, the project's is used.
            value: the value.

        Raises:
            pulumi.automation.CommandError: the passphrase that encrypts secrets is incorrect.
        """
        with as_command_error():
            self._config.set(key, value.value, bool(value.secret))

    def get_config(self, key: str) -> ConfigValue:
        """Return a configuration value.

        Args:
            key: key; if it has no namespace, the project's is used.

        Raises:
            pulumi.automation.CommandError: the value is not set.
        """
        config = self.get_all_config()
        full = full_key(key, self._project.name)
        with as_command_error():
            if full not in config:
                raise EngineError(f"configuration key '{key}' not found for stack '{self.name}'")
        return config[full]

    def get_all_config(self) -> dict[str, ConfigValue]:
        """Return all configuration values by fully qualified key."""
        return {
            key: ConfigValue(str(reveal(value)), secret=isinstance(value, Secret))
            for key, value in self._config.all().items()
        }

    def remove_config(self, key: str) -> None:
        """Remove a configuration value that was set for this stack.

        Args:
            key: key; if it has no namespace, the project's is used.
        """
        self._config.remove(key)

    def outputs(self) -> OutputMap:
        """Return the outputs of the stack in plaintext. Each output records whether it is secret."""
        with as_command_error():
            resources = self._state.load().resources
        for resource in resources:
            if resource.type == STACK_TYPE:
                return {k: OutputValue(reveal(v), isinstance(v, Secret)) for k, v in resource.outputs.items()}
        return {}

    def export_stack(self, *, show_secrets: bool = True) -> Deployment:
        """Return the state in the format of `pulumi stack export`.

        Args:
            show_secrets: whether to export secrets in plaintext, as the automation API does and as an engine without
                the passphrase requires. Use False if the export is written to a file.
        """
        with as_command_error():
            exported = self._state.dump(self._state.load(), show_secrets)
        return Deployment(exported["version"], exported["deployment"])

    def import_stack(self, state: Deployment) -> None:
        """Import a state from `export_stack` or `pulumi stack export`.

        Args:
            state: the state.

        Raises:
            pulumi.automation.CommandError: the state belongs to another project or stack, or is encrypted with another
                passphrase.
        """
        with as_command_error():
            checkpoint = self._state.parse({"version": state.version, "deployment": state.deployment})
            prefix = f"urn:pulumi:{self.name}::{self._project.name}::"
            for resource in checkpoint.resources:
                if not resource.urn.startswith(prefix):
                    raise EngineError(f"{resource.urn} belongs to another stack or project than {prefix[11:-2]}")
            self._state.save(checkpoint)


@contextmanager
def as_command_error(display: Display | None = None) -> Iterator[None]:
    """Convert errors to CommandError, as in the automation API. Its text contains the output and the reason."""
    try:
        yield
    except EngineError as error:
        shown, errors = (display.text, display.errors) if display else ("", [])
        text = "".join(f"{line}\n" for line in (f"error: {error}", *errors))
        raise CommandError(CommandResult(shown, text, FAILED)) from None
