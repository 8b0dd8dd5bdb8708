"""What should be changed, and the word for what is there."""
