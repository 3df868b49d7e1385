"""Process that runs an unchanged Pulumi program, connected to the monitor of the test engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pulumi_agbcontext.testing.engine.processes import Process
from pulumi_agbcontext.testing.engine.project import ConfigText, Project
from pulumi_agbcontext.testing.engine.property_values import Secret

RUNNER = Path(__file__).with_name("program_runner.py")
ORGANIZATION = "organization"  # name that the CLI uses with backends without organizations


def start_program(
    project: Project,
    stack: str,
    config: dict[str, ConfigText],
    address: str,
    parallel: int,
    preview: bool,
    on_line: Callable[[str], None],
) -> Process:
    """Start the program of a project.

    Args:
        project: project of the program.
        stack: name of the stack.
        config: configuration by key.
        address: address of the ResourceMonitor and Engine services.
        parallel: maximum number of concurrent operations.
        preview: whether this is a preview.
        on_line: called with each line of the output, in another thread.
    """
    arguments = {
        "project": project.name,
        "stack": stack,
        "monitor": address,
        "engine": address,
        "parallel": parallel,
        "dry_run": preview,
        "organization": ORGANIZATION,
        "root_directory": str(project.root),
        "program": project.program,
    }
    texts = {key: value.value if isinstance(value, Secret) else value for key, value in config.items()}
    environment = {
        # Timestamps in bytecode files have a resolution of one second, so a second edit in that time would be ignored.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PULUMI_CONFIG": json.dumps(texts),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps([key for key, value in config.items() if isinstance(value, Secret)]),
    }
    if project.virtualenv is not None:
        environment["VIRTUAL_ENV"] = str(project.virtualenv)
    command = [project.python, "-u", str(RUNNER), json.dumps(arguments)]
    return Process(command, project.working_directory, environment, on_line)
