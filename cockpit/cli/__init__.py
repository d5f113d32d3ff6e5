"""The command line: the same engine for scripts, screen readers and other programs.

`parser` knows every command and the function behind it; a function's module is imported only when its command is
called. Standard output is the answer, standard error holds one line per error.
"""
