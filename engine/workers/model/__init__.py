"""The `model` worker: one package in, tools as its role has them, one strict JSON answer out, and at most one round to
mend it.

Faces: `ModelWorker`, `Endpoint`.
"""

from engine.workers.model.endpoint import Endpoint
from engine.workers.model.worker import ModelWorker

__all__ = ["Endpoint", "ModelWorker"]
