"""Tools: what workers may do besides answering. `protocol` says what a tool is to its caller and what provides one; the
providers (`workspace`, `state`, `http`, `command`, `mcp`) run them; `gateway` stands between, where every call is
judged.
"""
