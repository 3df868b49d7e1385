"""The same tests with two independent clients, so that their agreement confirms the wire format."""
