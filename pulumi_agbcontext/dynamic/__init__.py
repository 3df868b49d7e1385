"""The resources for Python programs, on `pulumi.dynamic`: it only translates; `lifecycle` decides."""
