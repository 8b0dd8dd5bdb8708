"""Fuzzing of the readers: `make fuzz SECONDS=600`."""
