"""Process of an unchanged Pulumi program, connected to the monitor of the test engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pulumi_agbcontext.testing.engine.processes import Process
from pulumi_agbcontext.testing.engine.project import ConfigText, Project
from pulumi_agbcontext.testing.engine.property_values import Secret

RUNNER = Path(__file__).with_name("program_runner.py")
ORGANIZATION = "organization"  # the organization in a backend without organizations


def start_program(
    project: Project,
    stack: str,
    config: dict[str, ConfigText],
    address: str,
    parallel: int,
    preview: bool,
    on_line: Callable[[str], None],
) -> Process:
    """Start the project's program.

    Arguments: address: address of the monitor and the engine; parallel: number of concurrent operations.
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
        # Compiled files have timestamps in seconds, so a second edit within a second would not be noticed.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PULUMI_CONFIG": json.dumps(texts),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps([key for key, value in config.items() if isinstance(value, Secret)]),
    }
    if project.virtualenv is not None:
        environment["VIRTUAL_ENV"] = str(project.virtualenv)
    command = [project.python, "-u", str(RUNNER), json.dumps(arguments)]
    return Process(command, project.working_folder, environment, on_line)
