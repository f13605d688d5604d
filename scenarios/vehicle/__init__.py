"""Vehicles on the road: lanes and signs in camera frames, and a decision that goes back."""
