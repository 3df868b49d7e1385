"""Client for the Context API: its calls, and the interpretation of its responses."""
