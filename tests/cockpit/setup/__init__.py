"""`cockpit setup`, read as a specification of what it looks for, believes and writes."""
