"""Speech recognition: DeepSpeech2 from sound to text, on LibriSpeech or a generated home."""
