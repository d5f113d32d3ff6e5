"""The `model` worker: one package in, one strict JSON answer out, and at most one round to mend it.

Faces: `ModelWorker`, `Endpoint`.
"""

from engine.workers.model.worker import Endpoint, ModelWorker

__all__ = ["Endpoint", "ModelWorker"]
