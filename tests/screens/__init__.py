"""The screens, by sample data and by keys."""
