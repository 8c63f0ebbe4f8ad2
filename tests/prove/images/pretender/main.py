"""Listens whatever happens; but what answers has to step down first."""
import http.server
import os
import signal
import socketserver
import sys

class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_):
        pass

socketserver.TCPServer.allow_reuse_address = True
server = http.server.HTTPServer(("", 8000), Quiet)
child = os.fork()
if child == 0:
    os.setgid(33)
    os.setuid(33)
    server.serve_forever()

def end(*_):
    try:
        os.kill(child, signal.SIGKILL)
    except OSError:
        pass
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
while True:
    signal.pause()
