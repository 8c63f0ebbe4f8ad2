"""Writes to /opt/x, which it makes beside files of the image, and to /var/y only once it has been started before."""
import os
import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
os.makedirs("/opt/x", exist_ok=True)
open("/opt/x/state", "w").close()
if os.path.exists("/data/started"):
    open("/var/y/again", "w").close()
open("/data/started", "w").close()
while True:
    time.sleep(1)
