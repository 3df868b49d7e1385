"""Lifecycle of the resources (check, diff, preview, create, read, update, delete), independent of the adapter."""
