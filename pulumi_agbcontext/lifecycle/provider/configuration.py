"""Provider configuration, in order of precedence: stack settings, environment variables, defaults."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_agbcontext.client import Account
from pulumi_agbcontext.errors import ConfigurationError
from pulumi_agbcontext.lifecycle.properties import Failure, Mark

NAMESPACE = "agbcontext"
CLOUD = "https://sdk-api.agb.cloud"
ENVIRONMENT = {"apiKey": "AGB_API_KEY", "endpoint": "AGB_ENDPOINT", "timeoutMs": "AGB_TIMEOUT_MS"}


class Configuration(BaseModel):
    """Settings of the provider in the namespace `agbcontext`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, hide_input_in_errors=True)

    api_key: Annotated[SecretStr, Mark.SECRET] = Field(
        SecretStr(""), repr=False, description="API key. Defaults to the environment variable `AGB_API_KEY`."
    )
    endpoint: str = Field(
        CLOUD, repr=False, description="Base URL of the API. Defaults to the environment variable `AGB_ENDPOINT`."
    )
    region: str | None = Field(
        None,
        description="Login region for contexts that do not set `region`. Defaults to `cn-hangzhou`, the only region in "
        "the API reference.",
    )
    parallel_uploads: int = Field(
        128,
        ge=1,
        le=256,
        description="Maximum number of files in flight in one process. The actual number depends on the throughput.",
    )
    allow_insecure: bool = Field(
        False,
        description="Whether to allow plain `http` connections to other machines. Connections to the local "
        "machine are always allowed.",
    )
    timeout_ms: float = Field(
        60_000, gt=0, description="Maximum duration of one API call, including retries, in milliseconds."
    )

    def account(self) -> Account:
        """Return the account of this configuration.

        Raises:
            ConfigurationError: the API key is missing or invalid, or the endpoint is invalid.
        """
        return Account(
            endpoint=self.endpoint,
            api_key=self.api_key.get_secret_value(),
            timeout=self.timeout_ms / 1000,
            parallel_uploads=self.parallel_uploads,
            allow_insecure=self.allow_insecure,
        )


def read_configuration(
    setting: Callable[[str], Any], environment: Mapping[str, str] = os.environ
) -> tuple[Configuration, list[Failure]]:
    """Read and validate the configuration without sending requests.

    Args:
        setting: function that returns the stack's value for a key such as `agbcontext:apiKey`, or None.
        environment: environment variables of the process.

    Returns:
        The configuration and the failures. If there are any failures, the configuration must not be used.
    """
    given = {key: _given(key, setting, environment) for key in _wire_names()}
    try:
        configuration = Configuration.model_validate({key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        return Configuration(), [Failure(f"{NAMESPACE}:{fault['loc'][0]}", fault["msg"]) for fault in error.errors()]
    faults = {
        "apiKey": _fault(configuration.model_copy(update={"endpoint": CLOUD})),
        "endpoint": _fault(configuration.model_copy(update={"api_key": SecretStr("any")})),
    }
    return configuration, [Failure(f"{NAMESPACE}:{key}", reason) for key, reason in faults.items() if reason]


def _fault(configuration: Configuration) -> str:
    try:
        configuration.account()
    except ConfigurationError as error:
        return str(error)
    return ""


def _wire_names() -> list[str]:
    return [str(field.alias) for field in Configuration.model_fields.values()]


def _given(key: str, setting: Callable[[str], Any], environment: Mapping[str, str]) -> Any:
    value = setting(f"{NAMESPACE}:{key}")
    if value is None and key in ENVIRONMENT:
        value = environment.get(ENVIRONMENT[key]) or None
    return value
