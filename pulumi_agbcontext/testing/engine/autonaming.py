"""Configuration `pulumi:autonaming`, which determines the names of resources that the program does not name."""

from __future__ import annotations

import re
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pulumi.runtime.proto import provider_pb2
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pulumi_agbcontext.testing.engine.engine_errors import EngineError
from pulumi_agbcontext.testing.engine.project import ConfigText
from pulumi_agbcontext.testing.engine.property_values import reveal

KEY = "pulumi:autonaming"
ORGANIZATION = "organization"  # name that the CLI uses with backends without organizations
NOT_SUPPORTED = (
    "{urn} resource has a custom autonaming setting but the provider does not support autonaming configuration, "
    "consider upgrading to a newer version"
)
AutonamingOptions = provider_pb2.CheckRequest.AutonamingOptions

_RANDOM = re.compile(r"\$\{(?:(hex|alphanum|string|num)\((\d+)\)|uuid)\}")
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "alphanum": string.ascii_lowercase + string.digits,
    "string": string.ascii_lowercase,
    "num": string.digits,
}


class Naming(BaseModel):
    """Naming rule for resources."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["default", "verbatim", "disabled"] | None = None
    pattern: str | None = None
    enforce: bool | None = None

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Naming:
        if self.mode is not None and (self.pattern is not None or self.enforce is not None):
            raise ValueError("cannot specify both mode and pattern/enforce")
        if self.enforce is not None and self.pattern is None:
            raise ValueError("pattern must be specified when enforce is true")
        return self

    @property
    def is_set(self) -> bool:
        """Whether the configuration contains a rule at this level."""
        return self.mode is not None or self.pattern is not None


class ProviderNaming(Naming):
    """Naming rule for the resources of a package, with rules for individual types."""

    resources: dict[str, Naming] = Field(default_factory=dict)


class AutonamingConfig(Naming):
    """Naming rule for all resources, with rules for individual packages."""

    providers: dict[str, ProviderNaming] = Field(default_factory=dict)

    def rule(self, type_: str) -> Naming:
        """Return the most specific rule for a type."""
        provider = self.providers.get(type_.partition(":")[0], ProviderNaming())
        specific = (provider.resources.get(type_), provider)
        return next((naming for naming in specific if naming is not None and naming.is_set), self)


@dataclass(frozen=True)
class Proposal:
    """Proposed name of a resource.

    Attributes:
        options: field `autonaming` of the check request.
        is_fixed: whether the same name is proposed each time, which requires delete before replace.
        is_expected: whether to warn about a provider that does not support autonaming.
    """

    options: AutonamingOptions
    is_fixed: bool
    is_expected: bool


@dataclass(frozen=True)
class Autonaming:
    """Naming rules of a stack.

    Attributes:
        configured: rules in the configuration.
        expand: function that replaces the expressions about the stack in a pattern.
    """

    configured: AutonamingConfig
    expand: Callable[[str], str]

    def propose(self, type_: str, name: str) -> Proposal | None:
        """Return the proposed name of a resource; None if the provider names it.

        Args:
            type_: type of the resource.
            name: logical name of the resource.
        """
        rule = self.configured.rule(type_)
        is_specific = rule is not self.configured
        if rule.pattern is not None:
            proposed, is_random = _generate(self.expand(rule.pattern), name)
            mode = AutonamingOptions.ENFORCE if rule.enforce else AutonamingOptions.PROPOSE
            options = AutonamingOptions(proposed_name=proposed, mode=mode)
            return Proposal(options, not is_random, is_specific or bool(rule.enforce))
        if rule.mode == "verbatim":
            return Proposal(AutonamingOptions(proposed_name=name, mode=AutonamingOptions.ENFORCE), True, is_specific)
        if rule.mode == "disabled":
            return Proposal(AutonamingOptions(mode=AutonamingOptions.DISABLE), True, is_specific)
        return None


def read_autonaming(config: Mapping[str, ConfigText], project: str, stack: str) -> Autonaming | None:
    """Return the rules in the configuration of a stack; None if it contains none.

    Args:
        config: configuration by key.
        project: name of the project.
        stack: name of the stack.

    Raises:
        EngineError: the configuration is invalid.
    """
    if KEY not in config:
        return None
    try:
        configured = AutonamingConfig.model_validate_json(str(reveal(config[KEY])))
    except ValidationError as error:
        first = error.errors()[0]
        location = ".".join(map(str, first["loc"]))
        raise EngineError(f"invalid {KEY}: {location}{': ' if location else ''}{first['msg']}") from None

    def value_of(match: re.Match[str]) -> str:
        key = f"{project}:{match[1]}"
        if key not in config:
            raise EngineError(f"invalid {KEY}: no value found for key {match[1]!r}")
        return str(reveal(config[key]))

    def expand(pattern: str) -> str:
        for expression, value in (("organization", ORGANIZATION), ("project", project), ("stack", stack)):
            pattern = pattern.replace(f"${{{expression}}}", value)
        return re.sub(r"\$\{config\.([^}]+)\}", value_of, pattern)

    return Autonaming(configured, expand)


def _generate(pattern: str, name: str) -> tuple[str, bool]:
    """Return a name, and whether a part of it is random."""

    def random_part(match: re.Match[str]) -> str:
        if match[1] is None:
            return str(uuid.uuid4())
        return "".join(secrets.choice(_ALPHABETS[match[1]]) for _ in range(int(match[2])))

    named = pattern.replace("${name}", name)
    return _RANDOM.sub(random_part, named), _RANDOM.search(named) is not None
