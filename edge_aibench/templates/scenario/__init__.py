"""A small scenario of a user's own, ready to run and to be changed."""
