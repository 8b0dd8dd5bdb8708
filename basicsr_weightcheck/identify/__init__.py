"""What network a table of shapes belongs to. Pure Python on names and shapes."""
