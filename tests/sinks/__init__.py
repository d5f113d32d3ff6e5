"""Servers on loopback that take effects, and lie about it as they are told to."""
