"""Provider configuration in the provider protocol."""

from __future__ import annotations

from typing import Any

from pulumi_agbcontext.client import ContextService
from pulumi_agbcontext.engine_connection import EngineConnection, show_requests
from pulumi_agbcontext.lifecycle.properties import Failure, is_unknown
from pulumi_agbcontext.lifecycle.provider.configuration import NAMESPACE, Configuration, read_configuration
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.messages import inputs as invalid
from pulumi_agbcontext.plugin.values import Properties, reveal

_OF_THE_ENGINE = frozenset({"version", "pluginDownloadURL", "pluginChecksums"})


def faults(given: Properties) -> list[Failure]:
    """Return the failures of a configuration, with their settings. Unknown values are not validated."""
    names = {str(field.alias) for field in Configuration.model_fields.values()}
    reason = invalid.no_such_setting(names)
    strangers = [Failure(key, reason) for key in given if key not in names | _OF_THE_ENGINE]
    unknown = {key for key, value in given.items() if is_unknown(reveal(value))}
    _, failures = _read({key: value for key, value in given.items() if key not in unknown})
    found = [Failure(failure.property.removeprefix(f"{NAMESPACE}:"), failure.reason) for failure in failures]
    return strangers + [failure for failure in found if failure.property not in unknown]


def open_session(given: Properties, engine: EngineConnection) -> Session:
    """Open the session of a provider process without sending requests.

    Args:
        given: configuration of the provider by wire name.
        engine: connection to the engine that started the process.

    Raises:
        ConfigurationError: the configuration is invalid. CheckConfig reports this first.
    """
    configuration, _ = _read(given)
    show_requests(engine.show_info)
    service = ContextService(configuration.account())
    return Session(service, configuration.region, records_unfinished=True, engine_lives=engine.is_alive, run=engine.run)


def _read(given: Properties) -> tuple[Configuration, list[Failure]]:
    """Read the settings. An empty setting is treated as absent, because programs pass unset values as empty strings."""

    def setting(key: str) -> Any:
        value = reveal(given.get(key.removeprefix(f"{NAMESPACE}:")))
        return None if value == "" else value

    return read_configuration(setting)
