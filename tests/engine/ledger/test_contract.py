"""The contract, for every store."""

from __future__ import annotations

from tests.engine.ledger.contract import StoreContract


class TestStores(StoreContract):
    """Every test of the contract, once per store."""
