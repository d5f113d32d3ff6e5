"""A mission written as prose, read into a contract: amounts, durations, counts, verbs, cadences, by fixed rules alone.

`sections` finds the headed paragraphs, `words` reads figures and verbs, `read` turns them into clauses and keeps count
of which words each came from, `write` makes the contract file. What nothing could be made of stays as prose, and is
listed with what would give it teeth. No model is asked, so the same text always gives the same contract.
"""
