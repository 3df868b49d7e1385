"""Sizes in bytes, in readable units."""

from __future__ import annotations

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def unit_for(size: float) -> tuple[int, str]:
    """Return the size in bytes and the name of the unit that suits a number of bytes."""
    return next((unit for unit in _UNITS if size >= unit[0]), (1, "B"))


def in_unit(size: float, unit: int) -> str:
    """Return a number of bytes in a unit, without the name of the unit."""
    return f"{size / unit:,.1f}" if unit > 1 else f"{size:,.0f}"


def readable(size: float) -> str:
    """Return a number of bytes in a suitable unit, with the name of the unit."""
    unit, name = unit_for(size)
    return f"{in_unit(size, unit)} {name}"
