"""Was it good: deterministic checks (`checks`), and the ladder of stages that a delivered attempt climbs (`ladder`)."""
