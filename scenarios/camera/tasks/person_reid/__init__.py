"""Person re-identification by DG-Net on the Market-1501 layout."""
