#!/bin/sh
exec gosu redis "$@"
