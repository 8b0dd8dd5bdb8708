"""WC4: does the option file say what it means?"""
