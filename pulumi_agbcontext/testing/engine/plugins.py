"""Processes of the packages, started as the Pulumi engine starts them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.processes import Process
from pulumi_agbcontext.testing.engine.project import Project

DYNAMIC_PACKAGE = "pulumi-python"


def start_plugin(
    package: str, project: Project, environment: dict[str, str], engine_address: str, on_line: Callable[[str], None]
) -> Process:
    """Start the process of a package: the SDK's for dynamic providers, otherwise a plugin next to the program's Python.

    Arguments: environment: additional environment variables from the provider resource.

    Raises: EngineError if there is no such plugin.
    """
    environment = {**environment, "PULUMI_PROJECT": project.name, "PULUMI_CONFIG": "{}"}
    if project.virtualenv is not None:
        environment["PULUMI_RUNTIME_VIRTUALENV"] = str(project.virtualenv)
    command = [*_command(package, project), engine_address]
    return Process(command, project.working_folder, environment, on_line, speaks_first=True)


def _command(package: str, project: Project) -> list[str]:
    if package == DYNAMIC_PACKAGE:
        return [project.python, "-u", "-m", "pulumi.dynamic"]
    plugin = Path(project.python).with_name(f"pulumi-resource-{package}")
    if not plugin.exists():
        raise EngineError(
            f"the test engine runs dynamic providers, and plugins next to the program's Python: {plugin} does "
            f"not exist; install the package {package!r} in that environment, or use the Pulumi CLI"
        )
    return [str(plugin)]
