"""Rejections that become rules: drafting one from a reason, checking texts by it, proving it on what was rejected and
on what was approved, and finding rules that say the opposite or the same. Pure throughout.
"""
