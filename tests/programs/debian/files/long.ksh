# A long script of built-ins for the Korn shell family.
section() { print -r -- "== $*"; }
section arithmetic
print $((7 / 2)) $((-7 / 2)) $((-7 % 3)) $((1 << 20)) $((~5 & 255)) $((0x1f)) $((2#1011)) $((36#zz))
print $((5 > 3 ? 10 : 20)) $((1 && 0 || 1)) $((2147483647 + 1)) $(((1 << 31) - 1))
typeset -i i=5 n; ((i += 3)); ((i *= 2)); print $i
let "z = i * 3" "z -= 1"; print $z
fib() { typeset -i n=$1 p; if ((n < 2)); then r=$n; else fib $((n - 1)); p=$r; fib $((n - 2)); ((r = p + r)); fi; }
fib 15; print "fib $r"
section strings
path=/usr/local/share/archive.tar.gz
print -r -- ${path##*/} ${path#*/} ${path%.*} ${path%%.*} ${#path} ${path/share/lib} ${path//a/A} ${path:5:5}
print -r -- ${undefined:-default} ${path:+present} ${assigned:=value} $assigned
typeset -u upper=quiet; typeset -l lower=LOUD; typeset -Z5 padded=42; typeset -L3 cut=abcdef; typeset -R6 right=xy
print -r -- "$upper $lower $padded $cut [$right]"
s='a b  c'; for w in $s; do print -nr -- "<$w>"; done; print
section arrays
set -A a one two "three four" five
a[7]=seven
print -r -- ${#a[*]} ${a[2]} ${a[7]} ${!a[*]}
unset a[1]
for w in "${a[@]}"; do print -nr -- "<$w>"; done; print
a+=(more)
print -r -- "${a[*]}"
section control
for w in a b c; do case $w in (a|b) print -n ab;; (*) print -n other;; esac; done; print
n=0; while :; do ((++n > 6)) && break; ((n % 2)) && continue; print -n "$n "; done; print
until ((n == 0)); do ((n--)); done; print $n
if [[ -f data.txt && ! -d data.txt && abc = a*c && 5 -gt 3 && abc < abd ]]; then print conditions; fi
[[ foo.c = @(*.c|*.h) && 123 = +([0-9]) ]] && print patterns
section functions
function local_ { typeset v=inner; print $v; }
v=outer; local_; print $v
add() { sum=0; for n; do ((sum += n)); done; return $((sum % 7)); }
add 1 2 3 4 5; print $? $sum
deep() { (($1 > 0)) && deep $(($1 - 1)); ((total += $1)); return 0; }
total=0; deep 100; print $total
section input and output
while IFS=: read -r user x id rest; do print -r -- "$user $id ${rest:-nothing}"; done <<END
root:x:0:a:b
user:y:1000
END
while read -r line; do print -nr -- "$line|"; done <data.txt; print
exec 3<data.txt; read -ru3 one; read -ru3 two; exec 3<&-; print -r -- "$two $one"
read -r w1 w2 <<<'here string'; print -r -- "$w2 $w1"
for i in 1 2 3; do print "line $i"; done >made.txt
print appended >>made.txt
{ print out; print -u2 err; } >both.txt 2>&1
print -r -- *.txt
printf_() { print -rn -- "$1 = $2;"; }
printf_ a 1; printf_ b 2; print
print -r 'raw \n'; print 'cooked\ttab\x41'; print -n none; print
section primes
limit=1000; primes=0
set -A sieve
i=2; while ((i <= limit)); do
    if [[ -z ${sieve[i]} ]]; then ((primes++)); j=$((i * i)); while ((j <= limit)); do sieve[j]=1; ((j += i)); done; fi
    ((i++))
done
print $primes
section rest
while getopts ab: option -a -b value; do print "option $option $OPTARG"; done
eval 'print evaluated $((1 + 1))'
whence -v print
alias x='print aliased'; eval x
set -- c a b; shift; print $# "$@"
trap 'print "exit trap"' EXIT
exit 4
