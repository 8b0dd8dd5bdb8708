"""One architecture, one file: options read off shapes, and every key that follows.

What `read` and `expected_shapes` of a file are is said at `layers.Family`.
"""
