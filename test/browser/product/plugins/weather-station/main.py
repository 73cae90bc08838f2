"""Tells the weather; only what it wants is of interest, and it is never let in."""
