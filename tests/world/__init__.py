"""The simulated world: whole missions on virtual time over real SQLite, with crashes at every await, all from one seed."""

import logging

logging.getLogger("cockpit").setLevel(logging.CRITICAL + 1)  # dying engines are the point here; their last words are noise
