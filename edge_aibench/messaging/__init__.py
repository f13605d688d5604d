"""How stages on different nodes speak to each other."""
