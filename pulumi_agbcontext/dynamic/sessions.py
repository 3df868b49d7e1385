"""Sessions of a dynamic provider process. Providers with the same account and region share a session."""

from __future__ import annotations

import threading
from weakref import WeakValueDictionary

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.engine_connection import EngineConnection, show_requests
from pulumi_agbcontext.errors import ConfigurationError
from pulumi_agbcontext.lifecycle.provider.configuration import read_configuration
from pulumi_agbcontext.lifecycle.provider.session import Session
from pulumi_agbcontext.sdk_internals import engine_address

# The SDK creates one provider per class, without a shared object. A session ends with the last provider that uses it.
_sessions: WeakValueDictionary[tuple[str, Account, str | None], Session] = WeakValueDictionary()
_lock = threading.Lock()


class ProviderConfiguration:
    """Configuration of the stack, and the session that it opens on first use.

    Args:
        request: configuration of the stack, with secrets in plaintext.

    Attributes:
        faults: invalid settings.
    """

    def __init__(self, request: ConfigureRequest) -> None:
        self._configuration, self.faults = read_configuration(request.config.get)
        self._engine = engine_address()
        self._session: Session | None = None

    def session(self) -> Session:
        """Return the session of this engine, account and region, which other providers in the process share.

        Raises:
            ConfigurationError: the configuration is invalid. Check reports this first, but refresh and destroy run
                without a check.
        """
        if self.faults:
            raise ConfigurationError("; ".join(map(str, self.faults)))
        account, region = self._configuration.account(), self._configuration.region
        key = (self._engine, account, region)
        with _lock:
            self._session = self._session or _sessions.get(key) or _open_session(*key)
            _sessions[key] = self._session
            return self._session


def _open_session(engine_address: str, account: Account, region: str | None) -> Session:
    engine = EngineConnection(engine_address)
    show_requests(engine.show_info)
    return Session(
        ContextService(account),
        region,
        progress=engine.show_progress,
        inform=engine.show_info,
        warn=engine.show_warning,
        engine_lives=engine.is_alive,
        run=engine.run,
    )
