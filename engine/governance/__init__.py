"""What may be done: money (`money`), courtesy towards people (`courtesy`), and the clauses that judge an effect
(`clauses`).
"""
