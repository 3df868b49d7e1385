"""Adapter for programs in any language, which translates between the provider protocol and `lifecycle`."""
