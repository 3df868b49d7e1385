"""Properties and lifecycle operations of contexts."""
