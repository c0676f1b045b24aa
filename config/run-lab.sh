#!/bin/sh
# Start the lab and the daemon that watches it, say when both are ready, and end both together.
# Usage: run-lab.sh PYTHON LISTEN_ADDRESS
set -u
python=$1
listen=$2
lab=
daemon=

finish() {
    trap - INT TERM EXIT
    # shellcheck disable=SC2086 # empty when it was never started
    kill $daemon $lab 2>/dev/null
    wait
    exit "${1:-0}"
}
trap 'finish 0' INT TERM
trap 'finish $?' EXIT

mkdir -p build/lab
# The lab writes its certificate once it has all its ports: another lab that runs already keeps its own.
begun=build/lab/begun
: >"$begun"
"$python" -m probe lab run --ca-file build/lab/ca.pem &
lab=$!
until [ build/lab/ca.pem -nt "$begun" ]; do
    kill -0 "$lab" 2>/dev/null || finish 3
    sleep 0.1
done
"$python" -m probe run --config.file config/lab.yml --web.listen-address "$listen" --storage.path build/lab/data \
    --log.level warning &
daemon=$!
until "$python" -c 'import sys, urllib.request as u; u.build_opener(u.ProxyHandler({})).open(sys.argv[1], timeout=2)' \
    "http://$listen/-/ready" 2>/dev/null; do
    kill -0 "$daemon" 2>/dev/null || finish 3
    sleep 0.2
done
echo
echo "hopwatch is ready: http://$listen/"
echo "Break something:   .venv/bin/hopwatch lab break hk-vps.refused    (all faults: .venv/bin/hopwatch lab faults)"
echo "Mend it again:     .venv/bin/hopwatch lab mend"
echo "Ctrl-C ends the lab and the daemon."
# Whichever ends first takes the other with it.
while kill -0 "$lab" 2>/dev/null && kill -0 "$daemon" 2>/dev/null; do
    sleep 1
done
kill -0 "$lab" 2>/dev/null && echo "the daemon ended by itself; so does the lab" >&2
kill -0 "$daemon" 2>/dev/null && echo "the lab ended by itself; so does the daemon" >&2
finish 3
