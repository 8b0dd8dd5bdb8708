"""What differs: names, shapes, outcomes. Pure Python on records."""
