"""Generated surveillance recordings: a street under six cameras, with truth for every frame."""
