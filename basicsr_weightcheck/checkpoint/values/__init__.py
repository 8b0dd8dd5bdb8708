"""The bytes of tensors, read in blocks of bounded size."""
