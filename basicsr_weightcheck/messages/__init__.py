"""How it is said, in English and Chinese."""
