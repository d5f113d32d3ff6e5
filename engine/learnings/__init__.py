"""What missions left for those that follow: learnings that humans vouched for, what was tried and given up, routes that
proved themselves, and what work really took. Searched by a plain index, the same on every machine. Pure.
"""
