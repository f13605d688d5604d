"""Laws of a link: how late, how rare and how fast its packets are."""
