"""Options that every resource of ours needs, whatever the program says."""

from __future__ import annotations

import pulumi


def delete_first(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Let every replacement delete first, also one that the engine decides alone (`replacement_trigger`).

    The API's create is get-or-create: a replacement made before the delete would be given the old context, and the
    delete would then take it away.
    """
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
