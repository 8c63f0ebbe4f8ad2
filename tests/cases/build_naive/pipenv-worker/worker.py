import pathlib
import time

import schedule

schedule.every().second.do(lambda: pathlib.Path("/tmp/worked").touch())
while True:
    schedule.run_pending()
    time.sleep(0.2)
