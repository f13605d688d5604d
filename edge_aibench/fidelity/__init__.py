"""How well simulation predicts emulation: calibration before it, validation after it."""
