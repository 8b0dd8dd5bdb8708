"""WC5: what happens around the loads?"""
