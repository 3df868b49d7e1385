"""State of a stack, as a version 3 Pulumi deployment in the format of `pulumi stack export` and `import`."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.property_values import (
    SECRET_SIGNATURE,
    SIGNATURE,
    Properties,
    Secret,
    Value,
    whole_number,
)
from pulumi_agbcontext.testing.engine.secrets import Crypter, find_passphrase, make_private_directory, new_crypter

DEPLOYMENT_VERSION = 3
ENGINE_VERSION = "v3.260.0"  # the release of the CLI whose format is used
PROVIDER_TYPES = "pulumi:providers:"  # prefix of the types of provider resources
IGNORED_KEYS = {"sourcePosition", "stackTrace", "aliases"}  # used only by the display of the CLI


@dataclass
class Resource:
    """Resource in the state. Inputs and outputs are values of the engine, durations in seconds, times in ISO 8601."""

    urn: str
    custom: bool
    type: str
    delete: bool = False
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    external: bool = False
    dependencies: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    provider: str = ""
    import_id: str = ""
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    pending_replacement: bool = False
    additional_secret_outputs: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    retain_on_delete: bool = False
    deleted_with: str = ""
    created: str = ""
    modified: str = ""
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    replacement_trigger: Value = None
    replace_with: list[str] = field(default_factory=list)
    hide_diff: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Logical name, which is the last part of the URN."""
        return self.urn.rsplit("::", 1)[1]

    @property
    def is_provider(self) -> bool:
        """Whether this resource is a provider."""
        return self.type.startswith(PROVIDER_TYPES)

    @property
    def is_default_provider(self) -> bool:
        """Whether this resource is a provider that the program does not declare."""
        return self.is_provider and self.name.startswith("default")

    @property
    def needs(self) -> set[str]:
        """URNs of the resources that must exist as long as this resource exists."""
        provider_urn = self.provider.rsplit("::", 1)[0]
        by_property = {urn for urns in self.property_dependencies.values() for urn in urns}
        needed = {self.parent, provider_urn, self.deleted_with, *self.replace_with, *self.dependencies, *by_property}
        return needed - {""}


@dataclass
class Operation:
    """Operation that was in flight when the state was written: creating, updating, deleting or reading."""

    resource: Resource
    type: str


@dataclass
class Checkpoint:
    """Resources in dependency order, and interrupted operations."""

    resources: list[Resource] = field(default_factory=list)
    pending_operations: list[Operation] = field(default_factory=list)


_KEYS = {f.name: re.sub(r"_(\w)", lambda match: match[1].upper(), f.name) for f in dataclasses.fields(Resource)}
_KEYS["import_id"] = "importID"
_PROPERTIES = {"inputs", "outputs", "replacement_trigger"}


class StateFile:
    """File that stores a stack's checkpoint. It is replaced atomically, so that a crash cannot leave a partial file."""

    def __init__(self, path: Path, passphrase: str | None = None) -> None:
        """Set the path of the file, which need not exist yet.

        Args:
            path: path of the file.
            passphrase: passphrase that encrypts secrets; defaults to the result of `find_passphrase`.
        """
        self.path = path
        self._passphrase = passphrase
        self.salt = ""

    def crypter(self, salt: str = "") -> Crypter:
        """Return the crypter for the secrets of the stack.

        Args:
            salt: salt of existing secrets; by default that of the state, or a new one if the state has none.

        Raises:
            EngineError: the passphrase is incorrect.
        """
        passphrase = self._passphrase or find_passphrase(self.path.with_suffix(".passphrase"))
        if salt or self.salt:
            return Crypter(passphrase, salt or self.salt)
        return new_crypter(passphrase)

    def load(self) -> Checkpoint:
        """Return the checkpoint in the file, or an empty one if there is no file.

        Raises:
            EngineError: the file is not a valid state.
        """
        if not self.path.exists():
            return Checkpoint()
        try:
            exported = json.loads(self.path.read_text())
        except ValueError as error:
            raise EngineError(f"{self.path} is not a state file: {error}") from None
        return self.parse(exported)

    def parse(self, exported: dict[str, Any]) -> Checkpoint:
        """Return the checkpoint of an export, with decrypted secrets.

        Args:
            exported: the export; its secrets can be in plaintext, as with `--show-secrets`.

        Raises:
            EngineError: the export has another version, contains unsupported fields, or cannot be decrypted.
        """
        if exported.get("version") != DEPLOYMENT_VERSION:
            raise EngineError(
                f"deployment version {exported.get('version')} is not supported; only version 3 is supported"
            )
        deployment = exported.get("deployment") or {}
        provider = deployment.get("secrets_providers") or {}
        if provider.get("type", "passphrase") != "passphrase":
            raise EngineError(
                f"the secrets are encrypted by {provider['type']!r}; export with `pulumi stack export --show-secrets`"
            )
        salt = provider.get("state", {}).get("salt", "")
        reader = _Reader(lambda: self.crypter(salt))
        checkpoint = Checkpoint(
            [reader.resource(entry) for entry in deployment.get("resources") or []],
            [
                Operation(reader.resource(entry["resource"]), entry["type"])
                for entry in deployment.get("pending_operations") or []
            ],
        )
        self.salt = salt or self.salt
        return checkpoint

    def dump(self, checkpoint: Checkpoint, show_secrets: bool = False) -> dict[str, Any]:
        """Return a checkpoint as an export.

        Args:
            checkpoint: the checkpoint.
            show_secrets: whether to export secrets in plaintext, as `pulumi stack export --show-secrets` does.
        """
        writer = _Writer(None if show_secrets else self.crypter)
        resources = [writer.resource(resource) for resource in checkpoint.resources]
        pending = [
            {"resource": writer.resource(operation.resource), "type": operation.type}
            for operation in checkpoint.pending_operations
        ]
        if writer.crypter:
            self.salt = writer.crypter.state
        deployment: dict[str, Any] = {
            "manifest": {
                "time": now(),
                "magic": hashlib.sha256(ENGINE_VERSION.encode()).hexdigest(),
                "version": ENGINE_VERSION,
            }
        }
        if self.salt and not show_secrets:
            deployment["secrets_providers"] = {"type": "passphrase", "state": {"salt": self.salt}}
        deployment["resources"] = resources
        if pending:
            deployment["pending_operations"] = pending
        return {"version": DEPLOYMENT_VERSION, "deployment": {**deployment, "metadata": {}}}

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, with encrypted secrets.

        Raises:
            EngineError: the file cannot be written. The previous checkpoint is kept.
        """
        text = json.dumps(self.dump(checkpoint))  # indentation would make every step ten times as slow
        partial = self.path.with_suffix(".partial")
        try:
            make_private_directory(self.path.parent)
            partial.write_text(text + "\n")
            partial.replace(self.path)
        except OSError as error:
            raise EngineError(f"cannot write the state to {self.path}: {error.strerror}") from None


class _Writer:
    """Converter from resources to JSON. The crypter is created on demand, because many stacks have no secrets."""

    def __init__(self, make_crypter: Callable[[], Crypter] | None) -> None:
        self._make_crypter = make_crypter
        self.crypter: Crypter | None = None

    def resource(self, resource: Resource) -> dict[str, Any]:
        entry: dict[str, Any] = {"urn": resource.urn, "custom": resource.custom}
        for name, key in _KEYS.items():
            value = getattr(resource, name)
            if value or (name == "replacement_trigger" and value is not None):
                entry[key] = self.value(value) if name in _PROPERTIES else value
        return entry

    def value(self, value: Value) -> Any:
        if isinstance(value, Secret):
            return {SIGNATURE: SECRET_SIGNATURE, **self._encrypted(json.dumps(self.value(value.value)))}
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list) else value

    def _encrypted(self, text: str) -> dict[str, str]:
        if self._make_crypter is None:
            return {"plaintext": text}
        self.crypter = self.crypter or self._make_crypter()
        return {"ciphertext": self.crypter.encrypt(text)}


class _Reader:
    """Converter from JSON to resources."""

    def __init__(self, make_crypter: Callable[[], Crypter]) -> None:
        self._make_crypter = make_crypter
        self._crypter: Crypter | None = None

    def resource(self, entry: dict[str, Any]) -> Resource:
        unknown = entry.keys() - set(_KEYS.values()) - IGNORED_KEYS
        if unknown:
            raise EngineError(f"{entry.get('urn')}: the test engine does not support {', '.join(sorted(unknown))}")
        fields = {name: entry[key] for name, key in _KEYS.items() if key in entry}
        return Resource(**{n: self.value(v) if n in _PROPERTIES else v for n, v in fields.items()})

    def value(self, value: Any) -> Value:
        if isinstance(value, dict):
            if value.get(SIGNATURE) == SECRET_SIGNATURE:
                return Secret(self.value(json.loads(self._decrypted(value))))
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return whole_number(value) if isinstance(value, float) else value

    def _decrypted(self, value: dict[str, str]) -> str:
        if "plaintext" in value:
            return value["plaintext"]
        self._crypter = self._crypter or self._make_crypter()
        return self._crypter.decrypt(value["ciphertext"])


def now() -> str:
    """Return the current time in the format of states."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
