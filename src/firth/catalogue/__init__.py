"""What firth knows by name: benchmarks, and the figures that others have published."""
