"""Invents rooms: what stands where, in what light."""
