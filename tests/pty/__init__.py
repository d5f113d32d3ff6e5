"""Tests in a real pseudo-terminal: what really reaches a terminal, and what keys really do."""
