"""Architectures, kin in one file: options read off shapes, and every key that follows.

What the functions of a `Family` are is said there (`layers.py`).
"""
