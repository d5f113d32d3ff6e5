"""What survives: copies, damage, old files, clocks, replay (P5, P14, P17, P18, P19, P22)."""
