"""What `cockpit setup` is made of: what there is on this machine, a draft of config.toml, the questions, the writing.

`probe` looks, `draft` decides and is pure, `questions` asks, `keep` writes, `trial` tries out. Nothing that a server
said is believed, and no price is ever guessed.
"""
