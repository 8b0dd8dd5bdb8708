"""WC2: do names and tables of the file fit those of the network?"""
