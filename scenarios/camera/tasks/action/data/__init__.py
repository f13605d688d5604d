"""Videos of actions on disk: the layouts of UCF101, and a generator that writes one of them."""
