"""What is told: `pack` compiles the context package of an attempt from mission state; preview and sending use the
same code.
"""
