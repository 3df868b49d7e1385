"""Files of a context: content sources, upload plans and their execution."""
