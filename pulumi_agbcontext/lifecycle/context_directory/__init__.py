"""Directories of files in contexts that another resource, stack or program owns."""
