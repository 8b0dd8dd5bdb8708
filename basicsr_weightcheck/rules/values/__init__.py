"""WC6: are the numbers themselves sound?"""
