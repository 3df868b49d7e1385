"""What the test engine raises: one line that says what happened and what to do.

    EngineError                the stack cannot be worked on: project, configuration, state, options
    └── DeploymentError       a preview or an update ran, and something in it failed

`Stack` turns both into `pulumi.automation.CommandError`, as the real engine's users know it.
"""

from __future__ import annotations


class EngineError(Exception):
    """The stack cannot be worked on."""


class DeploymentError(EngineError):
    """A preview or an update failed; its diagnostics say why."""


class OperationError(EngineError):
    """A provider refused or failed one operation on one resource."""
