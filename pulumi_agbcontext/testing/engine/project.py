"""Pulumi project on disk, with the configuration of a stack."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from pulumi_agbcontext.testing.engine.checkpoint import StateFile
from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.property_values import Secret
from pulumi_agbcontext.testing.engine.secrets import make_private_directory

ConfigText: TypeAlias = "str | Secret"


@dataclass(frozen=True)
class Project:
    """Settings in `Pulumi.yaml` that the test engine uses."""

    name: str
    root: Path
    main: str
    virtualenv: Path | None
    config: Mapping[str, ConfigText] = field(default_factory=dict)

    @property
    def program(self) -> str:
        """Path of the program relative to `working_directory`: a directory with a `__main__.py`, or a file."""
        return "." if (self.root / self.main).is_dir() else Path(self.main).name

    @property
    def working_directory(self) -> Path:
        """Working directory of the program and its providers: the directory of `main`."""
        path = self.root / self.main
        return path if path.is_dir() else path.parent

    @property
    def python(self) -> str:
        """Interpreter of the project's virtual environment, or of the test engine if the project has none.

        Raises:
            EngineError: the virtual environment does not exist.
        """
        if self.virtualenv is None:
            return sys.executable
        python = self.virtualenv / "bin" / "python"
        if not python.exists():
            raise EngineError(f"Pulumi.yaml names the virtual environment {self.virtualenv}, which does not exist")
        return str(python)


def load_project(directory: Path) -> Project:
    """Return the project in a directory.

    Args:
        directory: directory that contains `Pulumi.yaml`.

    Raises:
        EngineError: there is no project, or it is not a valid Python project.
    """
    file = directory / "Pulumi.yaml"
    if not file.exists():
        raise EngineError(f"no Pulumi.yaml in {directory.resolve()}; specify the directory of a Pulumi project")
    settings = yaml.safe_load(file.read_text())
    if not isinstance(settings, dict) or not isinstance(settings.get("name"), str):
        raise EngineError(f"{file} does not contain the name of a project")
    runtime = settings.get("runtime")
    runtime = {"name": runtime} if isinstance(runtime, str) else runtime or {}
    if runtime.get("name") != "python":
        raise EngineError(f"{file}: the test engine only runs programs in Python, not in {runtime.get('name')!r}")
    virtualenv = (runtime.get("options") or {}).get("virtualenv")
    root = directory.resolve()
    project = Project(settings["name"], root, settings.get("main") or ".", root / virtualenv if virtualenv else None)
    if not (root / project.main).exists():
        raise EngineError(f"{file}: main is {project.main}, which does not exist")
    return Project(project.name, root, project.main, project.virtualenv, _project_config(project.name, settings))


def _project_config(project: str, settings: dict[str, Any]) -> dict[str, ConfigText]:
    config: dict[str, ConfigText] = {}
    for key, declared in (settings.get("config") or {}).items():
        value = declared
        if isinstance(declared, dict):
            value = declared.get("value", declared.get("default"))
        if value is not None:
            config[full_key(key, project)] = _text(value)
    return config


def full_key(key: str, project: str) -> str:
    """Return the key with its namespace, which defaults to the project."""
    return key if ":" in key else f"{project}:{key}"


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return json.dumps(value, separators=(",", ":"))
    return str(value)


class StackConfig:
    """Configuration of a stack: values of the project, overridden by values that are stored next to the state.

    The file has the format of the CLI's `Pulumi.<stack>.yaml`, with encrypted secrets.
    """

    def __init__(self, project: Project, state: StateFile) -> None:
        self._project = project
        self._state = state
        self.path = state.path.with_suffix(".yaml")
        self._own: dict[str, ConfigText] = self._load()

    def _load(self) -> dict[str, ConfigText]:
        if not self.path.exists():
            return {}
        document = yaml.safe_load(self.path.read_text()) or {}
        self._state.salt = self._state.salt or document.get("encryptionsalt", "")
        return {key: self._read(value) for key, value in (document.get("config") or {}).items()}

    def _read(self, value: Any) -> ConfigText:
        if isinstance(value, dict) and value.keys() == {"secure"}:
            return Secret(self._state.crypter().decrypt(value["secure"]))
        return _text(value)

    def all(self) -> dict[str, ConfigText]:
        """Return all values by fully qualified key. Secrets are wrapped."""
        return {**self._project.config, **self._own}

    def set(self, key: str, value: str, secret: bool = False) -> None:
        """Set a value for this and later commands.

        Args:
            key: key; if it has no namespace, the project's is used.
            value: the value.
            secret: whether to encrypt the value.
        """
        self._own[full_key(key, self._project.name)] = Secret(value) if secret else value
        self._save()

    def remove(self, key: str) -> None:
        """Remove a value.

        Args:
            key: key; if it has no namespace, the project's is used.
        """
        self._own.pop(full_key(key, self._project.name), None)
        self._save()

    def _save(self) -> None:
        entries: dict[str, Any] = {}
        salt = ""
        for key, value in sorted(self._own.items()):
            if isinstance(value, Secret):
                crypter = self._state.crypter()
                salt = self._state.salt = crypter.state
                entries[key] = {"secure": crypter.encrypt(value.value)}
            else:
                entries[key] = value
        make_private_directory(self.path.parent)
        self.path.write_text(yaml.safe_dump({**({"encryptionsalt": salt} if salt else {}), "config": entries}))
