"""Finding again what a mission knows and received: a full-text index in memory, and what workers ask of it."""
