"""Amending a contract in flight: what changes, clause by clause (`difference`), what follows for work (`planned`), for
effects (`effects`) and for windows (`windows`), and all of it as one value (`amendment`).

Preview and engine derive it by the same functions, so that what was shown is what happens. `single` makes the
amendments that an answer in the queue asks for.
"""
