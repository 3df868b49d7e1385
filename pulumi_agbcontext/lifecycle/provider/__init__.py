"""What the resources of one provider process share: the configuration, the session, and what the program declares."""
