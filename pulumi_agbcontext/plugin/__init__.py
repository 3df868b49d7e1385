"""Adapter for programs in any language, based on the provider protocol. It translates between it and `lifecycle`."""
