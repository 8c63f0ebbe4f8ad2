import signal
import sys
import time

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
open("/tmp/up", "w").close()
while True:
    time.sleep(1)
