"""Rehearsing a contract: the real loop in memory on a virtual clock, many times, and what all of it forecasts.

`numbers` and `assumed` say what is drawn from and where it comes from, `play` plays one seed, `many` plays many side by
side, `forecast` counts. Nothing here touches a ledger's file, a connector, a key or the network.
"""
