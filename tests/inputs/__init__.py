"""Bad input: the sixty named cases and where each is tested, and fuzzers over what comes from outside."""
