"""A converted checkpoint, written byte for byte and read back."""
