"""Networks in two parts: where they may be cut, the parts themselves, and stages that run them."""
