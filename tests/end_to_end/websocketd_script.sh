#!/bin/bash
# One connection of websocketd: a line is a message. Ends when it is told to.
while read -r line; do
  if [[ $line == hello ]]; then
    echo hello
  elif [[ $line == go && $QUERY_STRING == by=server* ]]; then
    exit 0
  fi
done
