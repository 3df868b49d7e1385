"""The sessions of a dynamic provider's process: the resources of one account and region share one."""

from __future__ import annotations

import threading
from weakref import WeakValueDictionary

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.engine_connection import EngineConnection
from pulumi_agbcontext.errors import ConfigurationError
from pulumi_agbcontext.lifecycle.provider.configuration import read_configuration
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.sdk_internals import engine_address

# The SDK makes a provider of each class, and gives them nothing in common. A session ends with the last that uses it.
_sessions: WeakValueDictionary[tuple[Account, str | None], Session] = WeakValueDictionary()
_lock = threading.Lock()


class ProviderConfiguration:
    """The stack's configuration, and the session that is opened with it on first use.

    Args:
        request: the stack's whole configuration, secrets in the clear.

    Attributes:
        faults: what is wrong with the configuration.
    """

    def __init__(self, request: ConfigureRequest) -> None:
        self._configuration, self.faults = read_configuration(request.config.get)
        self._session: Session | None = None

    def session(self) -> Session:
        """Return the session of this account and region, which other providers of the process use too.

        Raises:
            ConfigurationError: the configuration cannot be used; check has said so before, refresh and destroy do not.
        """
        if self.faults:
            raise ConfigurationError("; ".join(map(str, self.faults)))
        account, region = self._configuration.account(), self._configuration.region
        with _lock:
            self._session = self._session or _sessions.get((account, region)) or _open_session(account, region)
            _sessions[account, region] = self._session
            return self._session


def _open_session(account: Account, region: str | None) -> Session:
    engine = EngineConnection(engine_address())
    return Session(
        ContextService(account), region, engine.show_progress, engine.show_warning, engine_lives=engine.is_alive
    )
