"""The account of a mission at a point of its ledger: `mission-receipt/1`, eleven questions and an integrity section.

`build.build(state, integrity)` writes it, `account.reconcile(receipt)` adds it up, `render.markdown(receipt)` shows it,
`verify.verify(receipt, events)` rebuilds it from the ledger and compares. All pure; docs/receipt.md explains each key.
"""
