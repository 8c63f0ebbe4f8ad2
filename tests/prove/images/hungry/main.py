"""Needs 300 MB."""
import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
kept = b"x" * (300 << 20)
while True:
    time.sleep(1)
