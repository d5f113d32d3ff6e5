"""What it means: facts from evidence (`facts`), slots and windows (`cadence`), and the rules over them (`rules`). All
pure.
"""
