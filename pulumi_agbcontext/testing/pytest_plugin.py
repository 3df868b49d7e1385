"""pytest fixtures for testing a stack of contexts with no cloud, no key and no CLI."""
