"""The same cases with two independent clients: where both agree, the wire is what we think it is."""
