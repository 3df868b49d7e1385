"""Configuration `pulumi:autonaming`: names of resources that the program does not name."""

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
ORGANIZATION = "organization"  # the organization in backends without organizations
Options = provider_pb2.CheckRequest.AutonamingOptions

_RANDOM = re.compile(r"\$\{(?:(hex|alphanum|string|num)\((\d+)\)|uuid)\}")
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "alphanum": string.ascii_lowercase + string.digits,
    "string": string.ascii_lowercase,
    "num": string.digits,
}


class Naming(BaseModel):
    """Rule for the names of some resources."""

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
        """Return whether the configuration contains a rule, and not only narrower rules."""
        return self.mode is not None or self.pattern is not None


class ProviderNaming(Naming):
    """Rule for the resources of a package, with rules for single types."""

    resources: dict[str, Naming] = Field(default_factory=dict)


class Configured(Naming):
    """Rule for all resources, with rules for single packages."""

    providers: dict[str, ProviderNaming] = Field(default_factory=dict)

    def rule(self, type_: str) -> Naming:
        """Return the narrowest rule for a type."""
        provider = self.providers.get(type_.partition(":")[0], ProviderNaming())
        narrow = (provider.resources.get(type_), provider)
        return next((naming for naming in narrow if naming is not None and naming.is_set), self)


@dataclass(frozen=True)
class Proposal:
    """The fields of a check about the name of a resource.

    Attributes:
        options: the field `autonaming` of the request.
        is_fixed: whether the same name is proposed each time, so that a replacement deletes first.
        is_expected: whether to warn about a provider that ignores the configuration.
    """

    options: Options
    is_fixed: bool
    is_expected: bool


@dataclass(frozen=True)
class Autonaming:
    """The rules of a stack.

    Attributes:
        configured: the rules as configured.
        expand: replaces the expressions about the stack in a pattern.
    """

    configured: Configured
    expand: Callable[[str], str]

    def propose(self, type_: str, name: str) -> Proposal | None:
        """Return the proposal for a resource with this logical name, unless the provider's own rule applies."""
        rule = self.configured.rule(type_)
        narrow = rule is not self.configured
        if rule.pattern is not None:
            proposed, is_random = _generate(self.expand(rule.pattern), name)
            options = Options(proposed_name=proposed, mode=Options.ENFORCE if rule.enforce else Options.PROPOSE)
            return Proposal(options, not is_random, narrow or bool(rule.enforce))
        if rule.mode == "verbatim":
            return Proposal(Options(proposed_name=name, mode=Options.ENFORCE), True, narrow)
        if rule.mode == "disabled":
            return Proposal(Options(mode=Options.DISABLE), True, narrow)
        return None


def read_autonaming(config: Mapping[str, ConfigText], project: str, stack: str) -> Autonaming | None:
    """Return the rules in the configuration of a stack.

    Raises:
        EngineError: the configuration is invalid.
    """
    if KEY not in config:
        return None
    try:
        configured = Configured.model_validate_json(str(reveal(config[KEY])))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise EngineError(f"invalid {KEY}: {place}{': ' if place else ''}{first['msg']}") from None

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
    """Return a name, and whether any part of it is random."""

    def random_part(match: re.Match[str]) -> str:
        if match[1] is None:
            return str(uuid.uuid4())
        return "".join(secrets.choice(_ALPHABETS[match[1]]) for _ in range(int(match[2])))

    named = pattern.replace("${name}", name)
    return _RANDOM.sub(random_part, named), _RANDOM.search(named) is not None
