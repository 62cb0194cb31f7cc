# exec, /proc, process groups and sessions.
sh -c 'exec echo replaced'; sh -c 'echo a; exec sh -c "echo b; exec echo c"'
/bin/bash -c 'read line < /proc/self/comm; echo $line'
sh -c 'tr "\0" "|" < /proc/$$/cmdline; echo'
readlink /proc/self/exe
grep -c . /proc/self/status | awk '{ print ($1 > 20) }'
/bin/bash -c 'while read key value; do [ "$key" = Name: ] && echo $value; done < /proc/$$/status; :'
grep -E '^(State|Uid)' /proc/self/status | head -3
ls -l /proc/self/fd/0 > /dev/null && echo fd
sh -c 'echo $(( $(cut -d" " -f4 /proc/$$/stat) == '$$' ))'
grep -c '.stack.' /proc/self/maps
sh -c 'sleep 5 & kill $!; wait $! 2>/dev/null; echo $?'
setsid sh -c 'set -- $(cat /proc/self/stat); [ $5 != 1 ] && echo session'
sh -c 'ulimit -n 50; ulimit -n'
cd /tmp; echo 'echo dot $1' > dot.sh; . ./dot.sh; set -- arg; . ./dot.sh
(cd /; exec pwd)
x=1; (x=2; echo $x); echo $x
n=0; while [ $n -lt 100 ]; do /bin/true; n=$((n + 1)); done; echo $n
f() { [ $1 -eq 0 ] || (f $(($1 - 1))); echo -n "$1 "; }; f 12; echo
pidof no-such-program || echo none
echo $(($(ls /proc | grep -c '^[0-9]') > 0))
export EXPORTED=value; sh -c 'echo $EXPORTED'; unset EXPORTED; sh -c 'echo [$EXPORTED]'
