"""Goal of a program: the desired state of a resource. Unsupported options are rejected."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pulumi.runtime.proto import resource_pb2

from pulumi_agbcontext.testing.engine.checkpoint import PROVIDER_TYPES, Resource
from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.plugins import DYNAMIC_PACKAGE
from pulumi_agbcontext.testing.engine.property_values import Properties, Value, from_protobuf, from_struct

STACK_TYPE = "pulumi:pulumi:Stack"
OF_THE_ENGINE = "__internal"  # a key in the settings of a provider that is not passed to the provider
ENVIRONMENT = "envVarMappings"  # below it: variables that the provider reads, by those that they are read from
UNDERSTOOD = {
    *("type", "name", "parent", "custom", "object", "protect", "dependencies", "propertyDependencies"),
    *("deleteBeforeReplace", "deleteBeforeReplaceDefined", "ignoreChanges", "additionalSecretOutputs"),
    *("customTimeouts", "replaceOnChanges", "retainOnDelete", "aliasURNs", "deletedWith", "replacement_trigger"),
    *("replace_with", "hideDiffs", "envVarMappings"),
}
HARMLESS = {  # information about the SDK, and the position of a resource in the program
    *("acceptSecrets", "acceptResources", "supportsPartialValues", "supportsResultReporting", "accepts_byte_string"),
    *("sourcePosition", "stackTrace", "parentStackTraceHandle", "aliasSpecs"),
    "providers",  # the SDK hands a component's providers on to what is in it
}
FOR_PLUGINS = {  # options without a meaning for a dynamic provider
    *("importId", "version", "provider"),
    "pluginDownloadURL",  # generated SDKs send it; the test engine only runs installed plugins
}
IN_PROGRAMS = {"importId": "import_", "pluginDownloadURL": "plugin_download_url"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|m(?!s)|s|ms)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass
class Goal:
    """A registration of a program, with engine values."""

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
    environment: dict[str, str] = field(default_factory=dict)  # what a provider reads, by what it is read from
    provider: str = ""
    version: str = ""
    import_id: str = ""

    @property
    def package(self) -> str:
        """Return the package of the type; for a provider resource, the package that it provides."""
        return self.type.removeprefix(PROVIDER_TYPES).split(":", 1)[0]

    def resource(self, urn: str, old: Resource | None) -> Resource:
        """Return the resource for this goal, before any call to a provider."""
        of_the_engine: Properties = {}
        if self.type.startswith(PROVIDER_TYPES) and (self.version or self.environment):
            of_the_engine[OF_THE_ENGINE] = {ENVIRONMENT: dict(self.environment)} if self.environment else {}
            if self.version:
                of_the_engine["version"] = self.version
        return Resource(
            urn=urn,
            custom=self.custom,
            type=self.type,
            inputs={**self.inputs, **of_the_engine},
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
    """Return the goal of a registration.

    Raises: EngineError for an unsupported option or kind of resource.
    """
    _refuse_unknown_options(request)
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


def _refuse_unknown_options(request: resource_pb2.RegisterResourceRequest) -> None:
    refuse_builtin(request.type, request.name, request.custom)
    if request.envVarMappings and not request.type.startswith(PROVIDER_TYPES):
        raise EngineError(
            f"{request.type} {request.name!r}: `env_var_mappings` is an option of provider resources only; remove it"
        )
    dynamic = request.type.startswith(f"{DYNAMIC_PACKAGE}:") or not request.custom
    known = UNDERSTOOD | HARMLESS if dynamic else UNDERSTOOD | HARMLESS | FOR_PLUGINS
    for descriptor, value in request.ListFields():
        is_empty_message = hasattr(value, "ByteSize") and value.ByteSize() == 0
        if descriptor.name not in known and not is_empty_message:
            option = IN_PROGRAMS.get(descriptor.name, descriptor.name)
            raise EngineError(
                f"{request.type} {request.name!r}: the test engine does not support the resource option "
                f"{option!r}; remove it, or use the Pulumi CLI"
            )


def refuse_builtin(type_: str, name: str, custom: bool) -> None:
    """Reject a resource that is built into the Pulumi engine, such as a stack reference.

    Raises: EngineError.
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
    """Return the URN of a resource, in which the types of its parents, except the root stack, precede its own."""
    parent_type = parent.split("::")[2] if parent else ""
    qualified = f"{parent_type}${type_}" if parent_type not in ("", STACK_TYPE) else type_
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"
