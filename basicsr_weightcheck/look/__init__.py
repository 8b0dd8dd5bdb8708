"""What a network with its weights does to one picture, and nothing of a training is changed by it.

Needs torch, in functions only.
"""
