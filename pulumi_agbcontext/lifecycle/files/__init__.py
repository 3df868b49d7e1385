"""The files of a context: where their content comes from, what has to be uploaded and deleted, and doing so."""
