"""A scenario folder that later work fills; it holds no scenario yet."""
