"""A new mission on the screen: from a template or a file, checked, then rehearsed or started."""
