"""Benchmarks of this project, each compared with a baseline in the same run."""
