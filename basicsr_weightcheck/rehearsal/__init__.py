"""What will the framework's own code do: its load_network, run on weightless tensors in a child.

Parent side: `stage`. Child side: everything else; only there torch and basicsr are imported.
"""
