"""What is true: `fold` turns the events of a mission into its `MissionState`; `HomeState` does so for the home
stream.

Folding is pure: the same events give the same state, on any machine, with no clock and no store. Faces: `model`,
`fold`, `home`.
"""
