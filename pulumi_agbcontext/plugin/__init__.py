"""The resources for programs of every language, on the provider protocol: it only translates; `lifecycle` decides."""
