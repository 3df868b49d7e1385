"""The one place that words the messages of this package: what happened, to what, why, and what to do next.

`settings`, `calls` and `resources` make whole errors; `reasons` are why-clauses where nobody else has words. Names of
properties stand in back quotes, as Python spells them, so that the plugin can spell them as other languages do.
"""

from pulumi_agbcontext.messages.calls import (
    key_refused,
    no_context_in_answer,
    no_such_context,
    no_such_file,
    not_cleared,
    not_found,
    not_gone,
    not_listed,
    not_ready,
    rejected,
    transfer_failed,
    unreachable,
)
from pulumi_agbcontext.messages.resources import (
    another_account,
    content_unknown,
    context_exists,
    context_gone,
    context_to_be_replaced,
    file_exists,
    file_to_be_replaced,
    incomplete_create,
    source_changed,
    source_unreadable,
    too_large_to_import,
    two_owners,
    unknown_create,
)
from pulumi_agbcontext.messages.settings import (
    missing_key,
    unusable_bundle,
    unusable_endpoint,
    unusable_key,
    unusable_proxy,
    unusable_setting,
)

__all__ = [
    "another_account",
    "content_unknown",
    "context_exists",
    "context_gone",
    "context_to_be_replaced",
    "file_exists",
    "file_to_be_replaced",
    "incomplete_create",
    "key_refused",
    "missing_key",
    "no_context_in_answer",
    "no_such_context",
    "no_such_file",
    "not_cleared",
    "not_found",
    "not_gone",
    "not_listed",
    "not_ready",
    "rejected",
    "source_changed",
    "source_unreadable",
    "too_large_to_import",
    "transfer_failed",
    "two_owners",
    "unknown_create",
    "unreachable",
    "unusable_bundle",
    "unusable_endpoint",
    "unusable_key",
    "unusable_proxy",
    "unusable_setting",
]
