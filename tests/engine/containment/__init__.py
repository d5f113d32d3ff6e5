"""What a program of somebody else can reach, tried by one that tries."""
