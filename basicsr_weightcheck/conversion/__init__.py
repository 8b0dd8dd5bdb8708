"""What a conversion does to the names and tensors of a weight file; no byte is read here."""
