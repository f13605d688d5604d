"""Smart home: commands that count only if the right person is there, on unlike devices."""
