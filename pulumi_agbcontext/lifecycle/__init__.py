"""Resource lifecycle: check, diff, preview, create, read, update and delete, independent of the adapter."""
