# Runs a server for a parent that may die at any moment, in any way.
#
# usage: sh -c THIS guardian STOP_SIGNAL STOP_SECONDS REMOVE COMMAND...
#
# Standard input is a pipe of which only the parent holds the other end. `start` starts the server; a signal's name
# sends it that signal; the end of input, which the kernel brings about however the parent dies, stops the server and
# removes the folder REMOVE if it is not empty. Says `started PID` and `exited STATUS` on standard output.
stop_signal=$1 stop_seconds=$2 remove=$3
shift 3

# The shell gives background jobs an empty standard input.
exec 3<&0 </dev/null

# In a subshell, because writing to a parent that is gone ends the writer.
tell() {
    (echo "$@") 2>/dev/null
}

relay_signals() {
    while read -r signal <&3; do
        kill -s "$signal" "$1"
    done
    kill -s "$stop_signal" "$1"
    tenths=0
    while [ $tenths -lt "${stop_seconds}0" ]; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    kill -s KILL "$1"
}

while read -r command <&3; do
    # A signal that came too late for the former server.
    [ "$command" = start ] || continue

    "$@" 3<&- >&2 &
    server=$!
    relay_signals $server >/dev/null 2>&1 &
    relay=$!
    tell started $server

    wait $server
    status=$?
    kill -s KILL $relay 2>/dev/null
    wait $relay 2>/dev/null
    tell exited $status
done

[ -z "$remove" ] || rm -rf "$remove"
