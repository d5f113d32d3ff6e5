"""Tools from MCP servers. `provider` is light and loads the rest when a server is needed first: importing the official
SDK takes over a second, and only this package imports it.
"""
