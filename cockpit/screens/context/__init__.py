"""What a worker received, or would receive now: the package and its manifest."""
