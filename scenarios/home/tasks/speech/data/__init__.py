"""LibriSpeech's layout on disk, and the generator that writes a smart home's commands in it."""
