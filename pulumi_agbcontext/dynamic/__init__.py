"""The resources for Python programs, on `pulumi.dynamic`: this room translates, `lifecycle` decides."""
