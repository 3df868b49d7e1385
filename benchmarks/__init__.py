"""How fast the project is, each line of the table beside its baseline in the same run."""
