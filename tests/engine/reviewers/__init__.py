"""Measuring reviewers."""
