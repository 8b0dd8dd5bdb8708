"""WC3: do the sizes fit, and what network is behind them?"""
