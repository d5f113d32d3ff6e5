"""Secrets, read as a specification of what is kept, what is refused, and what is never shown."""
