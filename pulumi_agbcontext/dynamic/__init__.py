"""Adapter for Python programs, based on `pulumi.dynamic`. It translates between the engine and `lifecycle`."""
