# A long script of built-ins for zsh: arrays, associative arrays, globbing flags, arithmetic with floats, parameter flags,
# here-documents, functions, printf, read, regular expressions, modules, traps on EXIT.
emulate -L zsh
setopt extended_glob no_nomatch
section() { print -r -- "== $*" }

section arrays
typeset -a a; a=(one two "three four" five)
a+=six
print -r -- $#a $a[1] $a[-1] "${a[2,3]}" "${(j:,:)a}"
a[2]=()
print -l -- $a
print -r -- ${(o)a} / ${(O)a} / ${(U)a} / ${(C)a[1]} / ${a:#t*} / ${(M)a:#*e}
print -r -- ${a[(i)five]} ${a[(r)s*]} ${#a[1]} ${a[1][2,3]}
b=({1..10}); print $b[3,5] ${(Oa)b[1,4]} $((b[2] * b[9]))
print -r -- ${(s.:.)${:-x:y:z}}
c=(b a c a b); print ${(u)c} ${(ou)c} ${c[(I)a]}
matrix=(); for i in {1..4}; do for j in {1..4}; do matrix+=$((i * j)); done; done; print $matrix[5,8]

section associative arrays
typeset -A colour; colour=(apple red banana yellow "dark plum" purple)
colour[lime]=green
for k in ${(ok)colour}; do print -r -- "$k: $colour[$k]"; done
unset "colour[apple]"
print $#colour ${colour[apple]-none} ${+colour[lime]} ${(ov)colour}
typeset -A count
for word in ${=:-the cat and the dog and the bird}; do (( count[$word]++ )); done
for k v in ${(kv)count}; do :; done
print the=$count[the] and=$count[and] words=$#count

section arithmetic
print $((7 / 2)) $((-7 / 2)) $((-7 % 3)) $((2 ** 40)) $((7 / 2.0)) $((0x1f + 2#1011)) $(([#16] 255)) $((1.5e3 * 2))
(( x = 3, y = x ** 2 )); print $x $y $(( x > 2 ? 10 : 20 )) $(( x++ + ++x ))
integer i=5; i+=3; i=i*2; print $i
float f=1; for i in {1..20}; do (( f = f / 2 + 1.0 / f )); done; printf '%.12f\n' $f
fib() { if (( $1 < 2 )) { r=$1 } else { fib $(( $1 - 1 )); local p=$r; fib $(( $1 - 2 )); (( r = p + r )) } }
fib 14; print fib $r
primes=(); for ((n = 2; n < 150; n++)); do for ((d = 2; d * d <= n; d++)); do (( n % d == 0 )) && continue 2; done; primes+=$n; done
print $#primes $primes[-1]

section parameter expansion
path_=/usr/local/share/archive.tar.gz
print -r -- ${path_:t} ${path_:h} ${path_:r} ${path_:e} ${path_:t:r:r} ${path_##*/} ${path_%%.*} ${#path_}
print -r -- ${path_/share/lib} ${path_//a/A} ${path_[6,10]} ${path_[-6,-1]} ${undefined:-default} ${path_:+present}
v='mixed Case text'; print -r -- ${(U)v} ${(L)v} ${(C)v} ${(q)v} ${(qq)v} ${(w)#v} ${v[(w)2]} ${(l:20::.:)v} ${(r:20::.:)v}
name=v; print -r -- ${(P)name} ${(t)a} ${(t)colour} ${(t)i}
print -r -- ${(S)v//e*t/#} ${v/#mixed/start} ${v/%text/end} ${${v#* }% *} ${(V):-$'a\tb'}
print -r -- ${(pl:10::-:):-} ${(j:+:)${(@)${(s: :)v}/*/${#v}}}

section printf and print
printf '%d %o %x %X %#x %c %s %%\n' 42 8 255 255 255 char string
printf '[%5d] [%-5d] [%05d] [%+d] [%8.3f] [%e] [%g] [%10s] [%-10s] [%.3s]\n' 42 42 42 42 3.14159 12345.678 0.0001 right left truncate
printf '%s=%d ' a 1 b 2 c 3; print
print -n no newline; print; print -r 'raw \n'; print 'cooked\ttab'; print -l one two; print -P '%B%b100%%'
print -C 2 1 2 3 4 5 6; print -f '%03d|' 1 2 3; print

section matching
for s in abc-123 x-1 foo-2024.txt; do
    if [[ $s == (#b)([a-z]##)-([0-9]##)(*) ]]; then print -r -- "$s: $match[1] $match[2] ${match[3]:-none}"; else print "$s: no"; fi
done
[[ abc123 == [a-z]##[0-9]## && foo.c == *.(c|h) && x != (#i)Y && ABC == (#i)abc ]] && print patterns
[[ abcdef = (#b)(??)c(*) ]] && print $match[1] $match[2] $mbegin[2] $mend[2]
case foobar in (foo*~*baz) print extended;; (*) print other;; esac

section functions
add() { local sum=0 n; for n; do (( sum += n )); done; REPLY=$sum; return $((sum % 7)) }
add 1 2 3 4 5; print $? $REPLY
outer() { local v=inner; inner; print $v }
inner() { v+=" changed" }
v=global; outer; print $v
() { print anonymous $# $2 } x "y z"
apply() { local f=$1 x; shift; for x; do $f $x; done; print }
square() { print -n $(($1 * $1))' ' }
apply square 1 2 3 4
deep() { (( $1 > 0 )) && deep $(( $1 - 1 )); (( total += $1 )); return 0 }
total=0; deep 80; print $total
functions square

section control flow
for w in a b c d; do case $w in a) print A ;& b) print B ;; c) print C ;| *) print star ;; esac; done
repeat 3 print -n 'x '; print
n=0; while :; do (( ++n > 5 )) && break; (( n == 2 )) && continue; print -n "$n "; done; print
for i j in 1 2 3 4; print $i-$j
{ print always try; false } always { print always part }
if [[ -f data.txt && ! -d data.txt ]] print "data.txt is a file"
print {01..10..3} {z..v} x{1,2,{3,4}}y

section reading and writing
while IFS=: read -r user _ id rest; do print "$user $id ${rest:-nothing}"; done <<<$'root:x:0:a:b\nuser:y:1000'
read -r first second <<<"  leading   blanks  here "; print "[$first] [$second]"
read -rA fields <<<"a b c d"; print $#fields $fields[4]
read -u 0 -k 3 three <data.txt; print $three
while read -r line; do print -n "$line|"; done <data.txt; print
exec {fd}<data.txt; read -r -u $fd one; read -r -u $fd two; exec {fd}<&-; print "$two $one"
while read -r line; do print -r -- "> $line"; done <<END
expanded $((6 * 7)) ${path_:e}
second
END
for i in 1 2 3; do print line $i; done >made.txt
print appended >>made.txt
{ print out; print err >&2 } >both.txt 2>&1
print -l made.txt(.) *.txt(on) *(.^x) none*(N) data.*(:r)

section sorting
words=(pear apple fig banana cherry date elder grape Item10 Item9 Item1)
print ${(o)words} / ${(oi)words} / ${(on)words}
for ((i = 2; i <= $#words; i++)); do t=$words[i]; for ((j = i; j > 1; j--)); do [[ $words[j-1] > $t ]] || break; words[j]=$words[j-1]; done; words[j]=$t; done
print $words
typeset -A composite; sum=0
for ((i = 2; i <= 600; i++)); do (( ${+composite[$i]} )) && continue; (( sum += i )); for ((j = i * i; j <= 600; j += i)); do composite[$j]=1; done; done
print $sum

section options
while getopts ab: option -a -b value rest; do print "option $option $OPTARG"; done
zparseopts -D -E -A parsed x y: -long: 2>/dev/null; print $#parsed
typeset -r constant=5; typeset -i 16 hex=255; typeset -Z 5 padded=42; typeset -L 3 cut=abcdef; typeset -u upper=quiet
print $constant $hex $padded $cut $upper
setopt sh_word_split; w='a b c'; set -- $w; print $#; unsetopt sh_word_split
eval 'print evaluated $((1 + 1))'
whence -w section print if nonsense
[[ -o extended_glob ]] && print extended_glob
TRAPEXIT() { print function trap }
unfunction TRAPEXIT
trap 'print "exit trap, status $?"' EXIT
exit 6
