"""The Context API as it is on the wire; knows nothing of Pulumi."""
