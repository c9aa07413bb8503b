"""``registry oracle sample``: a year of four invented plants, from hourly readings to signed figures on the chain."""
