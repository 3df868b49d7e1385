"""What check, diff, create, read, update and delete mean for a context: pure decisions, and operations on the API."""
