# Background jobs, wait, traps, signals between processes.
sleep 0.2 & p=$!
echo started
wait $p; echo "wait $?"
(exit 7) & p=$!; wait $p; echo "wait $?"
(sleep 0.3; echo second) & (sleep 0.1; echo first) &
wait; echo all
trap 'echo got USR1' USR1
kill -USR1 $$
trap - USR1
trap 'echo bye' EXIT
(trap 'echo sub exit' EXIT; echo in sub)
# QEMU loses a signal that comes while its process executes another program.
sleep 100 & p=$!
sleep 0.3; kill $p; wait $p 2>/dev/null; echo "killed $?"
( trap 'echo term; exit 5' TERM; echo ready > /tmp/ready; while :; do sleep 0.05; done ) & p=$!
while [ ! -e /tmp/ready ]; do sleep 0.05; done
kill -TERM $p; wait $p; echo "handler $?"
for i in 1 2 3 4 5 6 7 8; do ( sleep 0.0$i; exit $i ) & done
wait; echo "many"
sh -c 'trap "" INT; kill -INT $$; echo survived'
sh -c 'kill -INT $$; echo not here'; echo "int $?"
mkfifo /tmp/fifo
(echo through fifo > /tmp/fifo) & cat /tmp/fifo; wait
cat /tmp/fifo & echo late > /tmp/fifo; wait
sh -c 'echo parent $(($PPID == '$$'))'
{ sleep 5 & echo $! > /tmp/pid; wait; echo interrupted; } & p=$!
while [ ! -s /tmp/pid ]; do sleep 0.05; done
kill $(cat /tmp/pid); wait $p; echo "outer $?"
kill -0 $$ && echo alive
kill -0 99999 2>/dev/null || echo nobody
