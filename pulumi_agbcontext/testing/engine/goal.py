"""Desired state of a resource, from the registration of a program. Unsupported options are rejected."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pulumi.runtime.proto import resource_pb2

from pulumi_agbcontext.testing.engine.checkpoint import PROVIDER_TYPES, Resource
from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.plugins import DYNAMIC_PACKAGE
from pulumi_agbcontext.testing.engine.property_values import Properties, Value, from_protobuf, from_struct

STACK_TYPE = "pulumi:pulumi:Stack"
INTERNAL_SETTINGS = "__internal"  # key in a provider's settings that is not sent to the provider
ENV_VAR_MAPPINGS = "envVarMappings"  # inside it: names of variables for the provider, by their names here
SUPPORTED_FIELDS = {
    *("type", "name", "parent", "custom", "object", "protect", "dependencies", "propertyDependencies"),
    *("deleteBeforeReplace", "deleteBeforeReplaceDefined", "ignoreChanges", "additionalSecretOutputs"),
    *("customTimeouts", "replaceOnChanges", "retainOnDelete", "aliasURNs", "deletedWith", "replacement_trigger"),
    *("replace_with", "hideDiffs", "envVarMappings"),
}
IGNORED_FIELDS = {  # information about the SDK, and the position of a resource in the program
    *("acceptSecrets", "acceptResources", "supportsPartialValues", "supportsResultReporting", "accepts_byte_string"),
    *("sourcePosition", "stackTrace", "parentStackTraceHandle", "aliasSpecs"),
    "providers",  # the SDK passes the providers of a component to its children
}
PLUGIN_FIELDS = {  # options that have no meaning for dynamic providers
    *("importId", "version", "provider"),
    "pluginDownloadURL",  # generated SDKs send it; the test engine only runs installed plugins
}
OPTION_NAMES = {"importId": "import_", "pluginDownloadURL": "plugin_download_url"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|m(?!s)|s|ms)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass
class Goal:
    """Registration of a program, converted to values of the engine."""

    type: str
    name: str
    parent: str
    custom: bool
    inputs: Properties
    protect: bool = False
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    delete_before_replace: bool | None = None
    ignore_changes: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    replace_on_changes: list[str] = field(default_factory=list)
    retain_on_delete: bool = False
    aliases: list[str] = field(default_factory=list)
    deleted_with: str = ""
    replacement_trigger: Value = None
    replace_with: list[str] = field(default_factory=list)
    hide_diffs: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)  # variables for a provider, by their names here
    provider: str = ""
    version: str = ""
    import_id: str = ""

    @property
    def package(self) -> str:
        """Package of the type; for a provider resource, the package that it provides."""
        return self.type.removeprefix(PROVIDER_TYPES).split(":", 1)[0]

    def resource(self, urn: str, old: Resource | None) -> Resource:
        """Return the resource for this goal, before any call to a provider.

        Args:
            urn: URN of the resource.
            old: resource in the state; None for a new one.
        """
        extra_inputs: Properties = {}
        if self.type.startswith(PROVIDER_TYPES) and (self.version or self.environment):
            extra_inputs[INTERNAL_SETTINGS] = {ENV_VAR_MAPPINGS: dict(self.environment)} if self.environment else {}
            if self.version:
                extra_inputs["version"] = self.version
        return Resource(
            urn=urn,
            custom=self.custom,
            type=self.type,
            inputs={**self.inputs, **extra_inputs},
            import_id=self.import_id,
            parent=self.parent,
            protect=self.protect,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            additional_secret_outputs=self.additional_secret_outputs,
            custom_timeouts=self.custom_timeouts,
            retain_on_delete=self.retain_on_delete,
            deleted_with=self.deleted_with,
            created=old.created if old else "",
            modified=old.modified if old else "",
            ignore_changes=self.ignore_changes,
            replace_on_changes=self.replace_on_changes,
            replacement_trigger=self.replacement_trigger,
            replace_with=self.replace_with,
            hide_diff=self.hide_diffs,
        )


def make_goal(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """Convert a registration from the protocol.

    Raises:
        EngineError: the test engine does not support an option or the kind of resource.
    """
    _reject_unsupported_options(request)
    trigger = from_protobuf(request.replacement_trigger) if request.HasField("replacement_trigger") else None
    return Goal(
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=from_struct(request.object),
        protect=request.protect,
        dependencies=sorted(request.dependencies),
        property_dependencies={key: sorted(deps.urns) for key, deps in request.propertyDependencies.items()},
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=list(request.ignoreChanges),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        custom_timeouts=_timeouts(request),
        replace_on_changes=list(request.replaceOnChanges),
        retain_on_delete=request.retainOnDelete,
        aliases=list(request.aliasURNs),
        deleted_with=request.deletedWith,
        replacement_trigger=trigger,
        replace_with=sorted(request.replace_with),
        hide_diffs=list(request.hideDiffs),
        environment=dict(request.envVarMappings),
        provider=request.provider,
        version=request.version,
        import_id=request.importId,
    )


def _reject_unsupported_options(request: resource_pb2.RegisterResourceRequest) -> None:
    reject_builtin(request.type, request.name, request.custom)
    if request.envVarMappings and not request.type.startswith(PROVIDER_TYPES):
        raise EngineError(
            f"{request.type} {request.name!r}: `env_var_mappings` is an option of provider resources only; remove it"
        )
    dynamic = request.type.startswith(f"{DYNAMIC_PACKAGE}:") or not request.custom
    known = SUPPORTED_FIELDS | IGNORED_FIELDS if dynamic else SUPPORTED_FIELDS | IGNORED_FIELDS | PLUGIN_FIELDS
    for descriptor, value in request.ListFields():
        is_empty_message = hasattr(value, "ByteSize") and value.ByteSize() == 0
        if descriptor.name not in known and not is_empty_message:
            option = OPTION_NAMES.get(descriptor.name, descriptor.name)
            raise EngineError(
                f"{request.type} {request.name!r}: the test engine does not support the resource option "
                f"{option!r}; remove it, or use the Pulumi CLI"
            )


def reject_builtin(type_: str, name: str, custom: bool) -> None:
    """Reject a resource that is built into the Pulumi engine, such as a stack reference.

    Raises:
        EngineError: the resource is built in.
    """
    if custom and type_.startswith("pulumi:") and not type_.startswith(PROVIDER_TYPES):
        raise EngineError(f"{type_} {name!r}: the test engine does not support this resource; use the Pulumi CLI")


def _timeouts(request: resource_pb2.RegisterResourceRequest) -> dict[str, float]:
    return {field.name: _seconds(text) for field, text in request.customTimeouts.ListFields()}


def _seconds(duration: str) -> float:
    parts = _DURATION.findall(duration)
    if "".join(number + unit for number, unit in parts) != duration:
        raise EngineError(f"custom_timeouts: {duration!r} is not a duration such as '5m' or '1h30m'")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """Return the URN of a resource, which contains the types of its parents, except the stack, before its own type."""
    parent_type = parent.split("::")[2] if parent else ""
    qualified = f"{parent_type}${type_}" if parent_type not in ("", STACK_TYPE) else type_
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"
