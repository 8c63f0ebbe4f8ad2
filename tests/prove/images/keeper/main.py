"""Keeps its state in /data, as whoever it is started as, and never steps down."""
import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    with open("/data/state", "w") as state:
        state.write("kept")
    time.sleep(1)
