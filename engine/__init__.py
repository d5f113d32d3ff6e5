"""Everything a mission is and does, headless: no room in here knows that a screen exists."""
