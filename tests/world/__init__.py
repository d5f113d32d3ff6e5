"""The simulated world: whole missions on virtual time over real SQLite, crashes at every await, one seed."""

import logging

logging.getLogger("cockpit").setLevel(
    logging.CRITICAL + 1
)  # dying engines are the point here; their last words are noise
