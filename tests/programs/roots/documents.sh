# Here-documents, redirections, expansions, functions.
name=world
cat <<END
hello $name $(echo sub) $((6 * 7))
END
cat <<'END'
raw $name $(echo no)
END
cat <<-END
	tabs gone
	END
f() { local x=$1; echo "f $x $#"; [ $x -gt 0 ] && f $((x - 1)); return 0; }
f 3 a b
exec 3> /tmp/three; echo to three >&3; exec 3>&-; cat /tmp/three
exec 4< /tmp/three; read line <&4; echo "read $line"; exec 4<&-
echo err 2>&1 >/dev/null >&2 | cat
{ echo out; echo err >&2; } > /tmp/both 2>&1; cat /tmp/both
echo append >> /tmp/both; wc -l < /tmp/both
set -- a 'b c' d; for a in "$@"; do echo "[$a]"; done; echo "$#" "$*"
shift 2; echo "$1"
x=path/to/file.tar.gz; echo ${x##*/} ${x%.gz} ${x%%.*} ${#x}
echo ${unset:-default} ${name:+set}
case $name in w*) echo matches;; *) echo no;; esac
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); [ $i = 2 ] && continue; echo $i; done
until [ $i = 0 ]; do i=$((i - 1)); done; echo $i
echo /bin/base6* /no/such*
cd /tmp; mkdir -p d/e; touch d/a d/b d/e/c; echo d/* d/*/*; rm -r d
umask 027; touch /tmp/masked; ls -l /tmp/masked | cut -c1-10
read a b c <<END
1 2 3 4
END
echo "$c $b $a"
IFS=:; set -- $(echo a:b:c); echo $2; unset IFS
eval 'echo eval $name'
type cd > /dev/null && echo builtin
printf '%05d|%-6s|%x|%s\n' 42 ab 255 'c d'
