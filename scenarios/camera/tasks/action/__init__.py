"""Action recognition: which of a set of actions a short video shows, by a 3D ResNet-18."""
