#!/usr/bin/env bash
# The same as make run.
cd "$(dirname "$0")/.." && exec make run
