"""What should run: a contract's plan unfolds into branches and tasks (`unfold`), and what may run now (`ready`)."""
