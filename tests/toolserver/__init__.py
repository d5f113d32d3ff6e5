"""A scripted MCP server that speaks raw JSON lines and can be told to misbehave: `python server.py SCRIPT`.

It imports nothing but the standard library, so that it starts quickly and can send what no library would.
"""
