"""What hides secrets, and what it must leave alone."""
