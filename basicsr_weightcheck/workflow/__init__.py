"""What a command does, each a straight list of steps."""
