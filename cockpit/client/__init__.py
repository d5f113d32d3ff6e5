"""What screens know of the ledger: view rows kept up to date, and the newest happenings and charges on demand.

Nothing here knows a screen, nothing writes. Standard library, `engine.ledger.reader` and `engine.views.models` only,
because it stands before the first paint.
"""

from cockpit.client.account import ChargeLine, in_flight, midnight
from cockpit.client.client import Client, News
from cockpit.client.happenings import Happening, told
from cockpit.client.views import EngineState, Key, Totals, Views, queue, totals

__all__ = [
    "ChargeLine",
    "Client",
    "EngineState",
    "Happening",
    "Key",
    "News",
    "Totals",
    "Views",
    "in_flight",
    "midnight",
    "queue",
    "told",
    "totals",
]
