#!/bin/sh
# its program carries NET_RAW as a file capability
exec /usr/local/bin/nap infinity
