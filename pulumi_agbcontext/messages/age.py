"""Age of a context in words."""

from __future__ import annotations

from datetime import datetime, timezone


def age(created_at: str | None) -> str:
    """Return the age of a context in words. The API's time format is not documented."""
    if not created_at:
        return "created at an unknown time"
    try:
        created = datetime.fromisoformat(created_at.replace("Z", "+00:00"))
    except ValueError:
        return f"created {created_at}"
    created = created if created.tzinfo else created.replace(tzinfo=timezone.utc)
    minutes = int((datetime.now(timezone.utc) - created).total_seconds() // 60)
    units = ((2 * 24 * 60, "days", 24 * 60), (120, "hours", 60), (2, "minutes", 1))
    spans = (f"{minutes // length} {unit} ago" for least, unit, length in units if minutes >= least)
    return f"created {next(spans, 'just now')}"
