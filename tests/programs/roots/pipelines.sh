# Pipelines, subshells, command substitution.
seq 1 1000 | grep 7 | sed 's/7/x/g' | sort -r | head -5
seq 1 2000 | awk '{ s += $1 } END { print s }'
echo "a b c" | tr ' ' '\n' | cat | cat | wc -l
(cd /etc; pwd; x=inner; echo $x); echo "${x:-unset}"; pwd
v=$(echo one; echo $(echo two; echo $(echo three)))
echo "$v"
x=0
seq 1 5 | while read n; do x=$((x + n)); echo "$n $x"; done
printf 'k1 v1\nk2 v2\n' > /tmp/pairs
while read key value; do echo "$value=$key"; done < /tmp/pairs
yes | head -3
yes | head -n 100000 | wc -c
seq 1 20000 | sort -n | tail -1
false | true; echo "status $?"
true | false; echo "status $?"
! true; echo "status $?"
(exit 3); echo "status $?"
sh -c 'exit 42'; echo "status $?"
sh -c 'kill -9 $$'; echo "status $?"
echo a >&2 2>/dev/null | cat
{ echo one; echo two; } | { read a; read b; echo "$b $a"; }
for i in 1 2 3; do for j in a b; do echo $i$j; done; done | paste -d, - - -
dd if=/dev/zero bs=4096 count=256 2>/dev/null | od -An -tx1 | tail -2
cat /tmp/pairs - /tmp/pairs <<END | nl
between
END
echo $(( $(seq 1 10 | wc -l) * 2 ))
/no/such/program 2>/dev/null; echo "status $?"
/etc 2>/dev/null; echo "status $?"
