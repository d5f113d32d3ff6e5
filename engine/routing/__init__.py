"""Who should run: a catalogue of candidates (`catalogue`), hard filters and the cheapest that passes (`route`), and who
cannot be asked now (`breaker`).
"""
