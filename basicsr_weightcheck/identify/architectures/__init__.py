"""One architecture, one file: options read off shapes, and every key that follows."""
