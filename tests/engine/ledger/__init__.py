"""Tests of the ledger: one contract suite for every store, and what is particular to files."""

import pytest

for name in ("contract_history", "contract_traffic"):
    pytest.register_assert_rewrite(f"{__name__}.{name}")
