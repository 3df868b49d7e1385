"""Contexts: their properties and lifecycle operations."""
