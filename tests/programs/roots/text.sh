# xargs, find, sort, uniq, and scripts with #! lines.
cd /tmp; mkdir -p tree/a/b tree/c; for i in 1 2 3 4 5; do echo "file $i" > tree/a/f$i; cp tree/a/f$i tree/a/b/g$i; done; ln -s a tree/link
find tree | sort
find tree -name 'f*' -exec cat {} \; | sort
find tree -type f -exec wc -c {} + | tail -1
find tree -type l
find tree -name 'g*' | sort | xargs -n 2 echo pair
seq 1 20 | xargs -n 6 | sed 's/^/row /'
find tree -type f | xargs grep -l 'file 3' | sort
printf 'b\na\nc\na\nb\na\n' | sort | uniq -c | sort -rn
echo 'one two three two one two' | tr ' ' '\n' | sort | uniq -c | sort -k1,1rn -k2
cat > script1 <<'END'
#!/bin/sh
echo "script1: $# args: $*"
exit 9
END
chmod +x script1; ./script1 x 'y z'; echo "status $?"
printf '#!/bin/cat\nprinted by cat\n' > script2; chmod +x script2; ./script2
printf '#!/bin/sh -e\nfalse\necho not reached\n' > script3; chmod +x script3; ./script3; echo "status $?"
printf '#!/tmp/script1 nested\n' > script4; chmod +x script4; ./script4 deep; echo "status $?"
printf '#!/no/such/shell\n' > script5; chmod +x script5; ./script5 2> /dev/null; echo "status $?"
printf 'echo no line; echo $0\n' > script6; chmod +x script6; ./script6
PATH=/tmp:$PATH; script1 by path
env A=1 B=2 sh -c 'echo $A$B'
env -i /bin/echo empty
awk 'BEGIN { while (("echo a; echo b" | getline line) > 0) print "awk " line; print "x" | "cat -n" }'
diff script1 script3 > /dev/null; echo "diff $?"
cmp script1 script1 && echo same
md5sum script1 | cut -d' ' -f1
sed -n '2p' script1; cut -d' ' -f2 tree/a/f1; tail -c 4 script3 | head -c 3; echo
expr 6 \* 7; expr abc : 'a\(.*\)'
mkdir copy; cp /bin/busybox copy/echo; copy/echo from a copy
ln -s /bin/busybox /tmp/wc; printf 'x\ny\n' | /tmp/wc -l
rm -rf tree; ls
