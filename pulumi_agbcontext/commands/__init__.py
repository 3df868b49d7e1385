"""Commands `download` and `upload`, which back up and restore the files of a context."""
