# A long script of built-ins only: arrays, associative arrays, regular expressions, arithmetic, here-documents and
# here-strings, functions, printf, read, traps, globbing, parameter expansion, namerefs, coprocess-free redirections.
set -u
shopt -s extglob nullglob

section() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; failures=$((failures + 1)); }
declare -i failures=0
expect() { [[ $1 == "$2" ]] || fail "$3: '$1' is not '$2'"; }

section indexed arrays
a=(one two "three four" five)
a+=(six)
a[10]=eleven
echo "${#a[@]} ${!a[*]} ${a[2]} ${a[-1]}"
unset 'a[1]'
printf '<%s>' "${a[@]}"; echo
printf '<%s>' "${a[@]:1:2}"; echo
b=("${a[@]/e/E}")
printf '[%s]' "${b[@]}"; echo
c=("${b[@]^^}")
echo "${c[*]}"
IFS=, eval 'echo "${c[*]}"'
mapfile -t lines <<'END'
first line
  second line with  blanks
third
END
echo "${#lines[@]}: ${lines[1]}"
for ((i = ${#lines[@]} - 1; i >= 0; i--)); do echo "$i ${lines[i]}"; done
matrix=()
for ((i = 0; i < 5; i++)); do for ((j = 0; j < 5; j++)); do matrix[i * 5 + j]=$((i * j)); done; done
echo "${matrix[*]:10:5}"

section associative arrays
declare -A colour=([apple]=red [banana]=yellow ["dark plum"]=purple)
colour[lime]=green
for key in apple banana "dark plum" lime; do echo "$key: ${colour[$key]}"; done
unset 'colour[apple]'
echo "${#colour[@]} ${colour[apple]-none} ${colour[lime]+set}"
declare -A count=()
text="the quick brown fox jumps over the lazy dog while the cat naps"
for word in $text; do count[$word]=$((${count[$word]:-0} + 1)); done
echo "the=${count[the]} fox=${count[fox]} words=${#count[@]}"

section regular expressions
re='^([a-z]+)-([0-9]{2,4})(\.([a-z]+))?$'
for s in abc-123 x-1 foo-2024.txt Foo-22 long-12345; do
    if [[ $s =~ $re ]]; then
        echo "$s: ${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${BASH_REMATCH[4]:-no suffix}"
    else
        echo "$s: no"
    fi
done
[[ "2021-11-05T17:45" =~ ([0-9]+)-([0-9]+)-([0-9]+)T([0-9:]+) ]] && echo "${BASH_REMATCH[@]:1}"
[[ "a.b.c" == *.b.* && ! abc == a?d && xyz == @(abc|xyz) && 123 == +([0-9]) ]] && echo patterns

section arithmetic
echo $((7 / 2)) $((-7 / 2)) $((-7 % 3)) $((2 ** 40)) $((0x1f + 010 + 2#1011 + 36#z)) $((1 << 62)) $((~5 & 0xff))
echo $((5 > 3 ? 10 : 20)) $((1 && 0 || 1)) $((i = 5, i *= 3, i++ + ++i)) $i
echo $((9223372036854775807 + 1)) $((-9223372036854775808 / 3))
((x = 3, y = x ** 2)) && echo "$x $y"
let "z = x * y" "z += 4"; echo "$z"
fib() { local -i n=$1; if ((n < 2)); then r=$n; else fib $((n - 1)); local -i p=$r; fib $((n - 2)); r=$((p + r)); fi; }
fib 15; echo "fib $r"
gcd() { local a=$1 b=$2 t; while ((b)); do t=$((a % b)) a=$b b=$t; done; echo "$a"; }
primes=()
for ((n = 2; n < 200; n++)); do
    for ((d = 2; d * d <= n; d++)); do ((n % d == 0)) && continue 2; done
    primes+=("$n")
done
echo "${#primes[@]} primes, last ${primes[-1]}"
collatz=27 steps=0
until ((collatz == 1)); do ((steps++, collatz = collatz % 2 ? 3 * collatz + 1 : collatz / 2)); done
echo "$steps steps"

section parameter expansion
path=/usr/local/share/archive.tar.gz
echo "${path##*/} ${path#*/} ${path%.*} ${path%%.*} ${#path} ${path/share/lib} ${path//a/A}"
echo "${path:5:5} ${path: -6} ${path:0:-7} ${undefined:-default} ${path:+present}"
: "${assigned:=value}"; echo "$assigned"
name=assigned; echo "${!name} ${!assig*}"
v='mixed Case text'; echo "${v^} ${v^^} ${v,,} ${v~~} ${v@Q} ${v@U}"
printf '%s\n' "${path//[^\/]}" "${v//+([a-z])/#}" "${v/#mixed/start}" "${v/%text/end}"
quoted=$'tab\there\x41\u00e9\'' ; printf '%q %s\n' "$quoted" "${#quoted}"
echo "${missing-unset}"

section printf
printf '%d %i %o %x %X %#x %c %s %%\n' 42 -7 8 255 255 255 char string
printf '[%5d] [%-5d] [%05d] [%+d] [% d]\n' 42 42 42 42 42
printf '[%8.3f] [%-8.2f] [%e] [%g]\n' 3.14159 2.71828 12345.678 0.0001
printf '[%10s] [%-10s] [%.3s] [%*s]\n' right left truncate 6 star
printf '%b\n' 'escape\ttab\n\0101'
printf '%s=%d ' a 1 b 2 c 3; echo
printf -v stored '%03d-%s' 7 x; echo "$stored"
printf '%(%Y-%m-%d %H:%M:%S)T\n' 1000000000
printf '%d\n' "'A"

section functions
add() { local sum=0 n; for n; do ((sum += n)); done; echo_result=$sum; return $((sum % 7)); }
add 1 2 3 4 5; echo "$? $echo_result"
outer() { local v=inner; inner; echo "$v"; }
inner() { v+=" changed"; }
v=global; outer; echo "$v"
swap() { local -n first=$1 second=$2; local t=$first; first=$second second=$t; }
p=1 q=2; swap p q; echo "$p $q"
varargs() { echo "$# $* ${*:2:2}"; shift 2; echo "$# $1"; set -- x y; echo "$@"; }
varargs a "b c" d e
recurse() { (($1 > 0)) && { printf '%d ' "$1"; recurse $(($1 - 1)); }; return 0; }
recurse 60; echo
apply() { local f=$1; shift; local x; for x; do "$f" "$x"; done; }
square() { printf '%d ' $(($1 * $1)); }
apply square 1 2 3 4; echo
declare -f square

section control flow
for w in a b c d; do case $w in a) echo A ;& b) echo B ;; c) echo C ;;& *) echo star ;; esac; done
n=0; while :; do ((++n > 5)) && break; ((n == 2)) && continue; printf '%d ' $n; done; echo
select_none() { local i; for i in {1..3}{a..c}; do printf '%s ' "$i"; done; echo; }
select_none
echo {01..10..3} {z..v} x{1,2,{3,4}}y
if [[ -f data.txt && -r data.txt && ! -d data.txt ]]; then echo "data.txt is a file"; fi
[ "abc" \< "abd" -a 5 -lt 10 ] && echo test
time_out=0; until ((time_out >= 3)); do time_out+=1; time_out=${#time_out}; ((time_out++)); done; echo "$time_out"

section reading
while IFS=: read -r user _ id rest; do echo "$user $id ${rest:-nothing}"; done <<<$'root:x:0:a:b\nuser:y:1000'
read -r first second <<<"  leading   blanks  here "; echo "[$first] [$second]"
read -r -a fields <<<"a b c d"; echo "${#fields[@]} ${fields[3]}"
read -r -n 3 three <<<"abcdef"; echo "$three"
read -r -d ';' until <<<"up to;here"; echo "$until"
while read -r line; do printf '%s|' "$line"; done <data.txt; echo
exec 3<data.txt; read -r -u 3 one; read -r -u 3 two; exec 3<&-; echo "$two $one"
{ read -r x; read -r y; } <data.txt; echo "$y/$x"
cat_() { local l; while IFS= read -r l || [[ -n $l ]]; do printf '%s\n' "$l"; done; }
cat_ <<END
expanded $((6 * 7)) ${path##*.}
	tab kept
END
cat_ <<-'END'
	not expanded $HOME
	END

section writing
for i in 1 2 3; do echo "line $i"; done >made.txt
echo appended >>made.txt
{ echo to stdout; echo to stderr >&2; } >both.txt 2>&1
while read -r l; do echo "> $l"; done <made.txt
exec 5>five.txt; echo via five >&5; exec 5>&-
echo again >|made2.txt
echo files: *.txt data.* [f-m]*.txt none*

section strings
reverse() { local s=$1 r= i; for ((i = ${#s} - 1; i >= 0; i--)); do r+=${s:i:1}; done; echo "$r"; }
reverse "A man, a plan"
caesar() { local s=$1 out= c n i; for ((i = 0; i < ${#s}; i++)); do c=${s:i:1}; if [[ $c == [a-z] ]]; then printf -v n %d "'$c"; printf -v n %03o $(((n - 97 + 13) % 26 + 97)); printf -v c "\\$n"; fi; out+=$c; done; echo "$out"; }
caesar "hello, world"; caesar "uryyb"
sort_words() { local -a w=("$@"); local i j t; for ((i = 1; i < ${#w[@]}; i++)); do t=${w[i]}; for ((j = i; j > 0; j--)); do [[ ${w[j - 1]} > $t ]] || break; w[j]=${w[j - 1]}; done; w[j]=$t; done; echo "${w[*]}"; }
sort_words pear apple fig banana cherry date elder grape

section sieve
limit=2000; composite=()
for ((i = 2; i * i <= limit; i++)); do [[ ${composite[i]:-} ]] || for ((j = i * i; j <= limit; j += i)); do composite[j]=1; done; done
total=0; for ((i = 2; i <= limit; i++)); do [[ ${composite[i]:-} ]] || ((total += i)); done; echo "$total"

section eval and options
cmd='echo "evaluated: $((1 + 1))"'; eval "$cmd"
set -- -a -b value rest more
while getopts ab: option; do echo "option $option ${OPTARG-}"; done; shift $((OPTIND - 1)); echo "rest $*"
! false; echo "status $?"
set -o pipefail; ! false && echo negated
type -t section cd if nonsense; command -v printf
alias_test() { unset -f gone 2>/dev/null; gone() { :; }; declare -F gone >/dev/null && unset -f gone; declare -F gone >/dev/null || echo unset; }
alias_test
declare -r constant=5; echo "$constant"
declare -i number=5+5; number+=3; echo "$number"
declare -l lower=LOUD; declare -u upper=quiet; echo "$lower $upper"
echo "${BASH_VERSINFO[0]} ${#BASH_SOURCE[@]} ${FUNCNAME[0]-top} $LINENO"

section traps
trap 'echo "exit trap, status $?"' EXIT
trap 'echo "debug of ${1:-nothing}"' USR1
trap -p USR1
trap - USR1
trap 'echo "on error"' ERR; false; trap - ERR
on_return() { trap 'echo returned' RETURN; echo inside; trap - RETURN; }
on_return
expect "${v:0:6}" global expansion
expect "$((failures))" 0 failures
echo "$failures failures"
exit $((failures + 5))
