"""Running a program of somebody else: a scrubbed environment (`environment`), a process tree that ends with its owner
(`supervisor`), bubblewrap where it exists (`process`). Command workers and tool servers run inside it.
"""
