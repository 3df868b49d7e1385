"""Plugin processes, started as the Pulumi engine starts them."""

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
    """Start the process of a package: the SDK's for dynamic providers, or a plugin next to the program's Python.

    Args:
        package: name of the package.
        project: project of the program.
        environment: additional environment variables from the provider resource.
        engine_address: address of the Engine service.
        on_line: called with each line of the output, in another thread.

    Raises:
        EngineError: the plugin does not exist.
    """
    environment = {**environment, "PULUMI_PROJECT": project.name, "PULUMI_CONFIG": "{}"}
    if project.virtualenv is not None:
        environment["PULUMI_RUNTIME_VIRTUALENV"] = str(project.virtualenv)
    command = [*_command(package, project), engine_address]
    return Process(command, project.working_directory, environment, on_line, reserve_first_line=True)


def _command(package: str, project: Project) -> list[str]:
    if package == DYNAMIC_PACKAGE:
        return [project.python, "-u", "-m", "pulumi.dynamic"]
    plugin = Path(project.python).with_name(f"pulumi-resource-{package}")
    if not plugin.exists():
        raise EngineError(
            f"the plugin {plugin} does not exist; install the package {package!r} in the environment of the program's "
            "Python, or use the Pulumi CLI"
        )
    return [str(plugin)]
