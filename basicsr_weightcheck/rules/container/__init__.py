"""WC1: what is the file, and can it be read?"""
