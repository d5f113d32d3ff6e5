"""What happened: events, hash chain, inbox, results, blobs, lease and view rows, behind one protocol.

Faces: `protocol` (types and the `Store` protocol), `bodies` (what each event says), `chain` (hashing), `sqlite` and
`memory` (two stores, one contract suite), `lease` (who lives), `reader` (reading and the inbox, standard library alone,
for front ends), `verify` (whether what is held is what was written).
This package imports nothing by itself, so that a front end pays only for what it uses.
"""
