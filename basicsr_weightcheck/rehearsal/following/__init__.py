"""Where each tensor of a network comes from, followed as torch moves it."""
