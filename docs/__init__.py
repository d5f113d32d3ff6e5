"""Documentation, and the script that makes its reference pages."""
