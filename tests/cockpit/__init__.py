"""The command line, read as a specification of what it promises."""
