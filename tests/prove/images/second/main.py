"""Gives a directory away at its first start, and looks into it at every later one: that needs DAC_OVERRIDE."""
import os
import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if os.path.exists("/data/private"):
    os.listdir("/data/private")
else:
    os.mkdir("/data/private", 0o700)
    os.chown("/data/private", 1234, 1234)
while True:
    time.sleep(1)
