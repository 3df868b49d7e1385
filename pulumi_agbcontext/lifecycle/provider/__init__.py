"""Shared objects of one provider process: configuration, session and declared resources."""
