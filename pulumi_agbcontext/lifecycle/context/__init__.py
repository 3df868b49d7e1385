"""Contexts: their properties, and what check, diff, create, read, update and delete mean for them."""
