"""The resources for programs of every language, on the provider protocol: this room translates, `lifecycle` decides."""
