"""What every store promises. A store joins by an entry in `STORES`."""

from __future__ import annotations

from tests.engine.ledger.contract_history import HistoryContract
from tests.engine.ledger.contract_traffic import TrafficContract
from tests.engine.ledger.stores import STORES

__all__ = ["STORES", "StoreContract"]


class StoreContract(HistoryContract, TrafficContract):
    """The whole suite; `test_contract` runs it for every entry of `STORES`, through the fixture `ledger`."""
