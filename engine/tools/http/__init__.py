"""The `http` tool: reading public pages, politely and without being led astray. `provider` puts it together:
`addresses` says which address may be read at all, `manners` whether and when, `hop` reads one response, `readable`
makes it a text.
"""
