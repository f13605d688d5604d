"""Emulation: real processes, brokers and links in namespaces of this machine."""
