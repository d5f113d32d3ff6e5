"""What hides secrets wherever text leaves: `forms` are the shapes a known secret takes, `patterns` what looks like a
secret of somebody, `redactor` applies both, `people` makes one line of it for people, `logs` puts it behind every log.
"""

from engine.redaction.redactor import HIDDEN, PROCESS, Found, Redactor, redact

__all__ = ["HIDDEN", "PROCESS", "Found", "Redactor", "redact"]
