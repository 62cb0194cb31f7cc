# A script in the manner of autoconf's: checks, substitutions, recursion, a log, and a status script that is made and run.
set -e
srcdir=/tmp/src; builddir=/tmp/build
mkdir -p $srcdir $builddir; cd $builddir
as_me=configure
PACKAGE_NAME='example'
PACKAGE_VERSION='1.2.3'
PACKAGE_STRING="$PACKAGE_NAME $PACKAGE_VERSION"
exec 5> config.log
cat >&5 <<END
This file contains any messages produced by $as_me.
END
as_echo() { printf '%s\n' "$*"; }
as_echo_n() { printf '%s' "$*"; }
log() { as_echo "$as_me: $*" >&5; }
checking() { as_echo_n "checking $1... "; log "checking $1"; }
result() { as_echo "$1"; log "result: $1"; }
error() { as_echo "$as_me: error: $*" >&2; log "error: $*"; exit 1; }
define() { as_echo "#define $1 $2" >> confdefs.h; }
substitute() { as_echo "s|@$1@|$2|g" >> confsubst.sed; }
: > confdefs.h; : > confsubst.sed
cat > $srcdir/Makefile.in <<'END'
# @PACKAGE_STRING@
prefix = @prefix@
exec_prefix = @exec_prefix@
bindir = @bindir@
CC = @CC@
SHELL = @SHELL@
INSTALL = @INSTALL@
LN_S = @LN_S@
AWK = @AWK@
host = @host@
all: @PROGRAMS@
END
cat > $srcdir/config.h.in <<'END'
#undef PACKAGE
#undef HAVE_SORT
#undef HAVE_TAR
#undef HAVE_NOTHING
#undef SIZEOF_LINE
#undef NUMBER_OF_TOOLS
END
prefix=/usr/local exec_prefix='${prefix}' bindir='${exec_prefix}/bin'
enable_shared=yes with_tools=default
set -- --prefix=/opt --disable-shared --with-tools=all CFLAGS='-O2 -g' "$@"
for ac_option
do
  case $ac_option in
    *=?*) ac_optarg=`expr "X$ac_option" : '[^=]*=\(.*\)'` ;;
    *=) ac_optarg= ;;
    *) ac_optarg=yes ;;
  esac
  case $ac_option in
    --prefix=*) prefix=$ac_optarg ;;
    --disable-*) ac_feature=`expr "x$ac_option" : 'x-*disable-\(.*\)'`
      eval enable_$ac_feature=no ;;
    --with-*) ac_package=`expr "x$ac_option" : 'x-*with-\([^=]*\)'`
      eval with_$ac_package=\$ac_optarg ;;
    *=*) ac_envvar=`expr "x$ac_option" : 'x\([^=]*\)='`
      eval $ac_envvar=\$ac_optarg; export $ac_envvar ;;
    -*) error "unrecognized option: $ac_option" ;;
    *) as_echo "ignored: $ac_option" ;;
  esac
done
as_echo "prefix=$prefix shared=$enable_shared tools=$with_tools CFLAGS=$CFLAGS"
checking 'build system type'
machine=`uname -m`
case $machine in
  aarch64) host=aarch64-unknown-linux ;;
  *) host=unknown ;;
esac
result $host
substitute host $host
find_program() {
  # find_program VARIABLE NAME...
  fp_variable=$1; shift
  fp_found=
  for fp_name
  do
    checking "for $fp_name"
    as_save_IFS=$IFS; IFS=:
    for as_dir in $PATH
    do
      IFS=$as_save_IFS
      test -z "$as_dir" && as_dir=.
      if test -f "$as_dir/$fp_name" && test -x "$as_dir/$fp_name"; then
        fp_found=$as_dir/$fp_name
        break
      fi
    done
    IFS=$as_save_IFS
    if test -n "$fp_found"; then result "$fp_found"; break; else result no; fi
  done
  eval $fp_variable=\$fp_found
}
find_program CC gcc cc clang
if test -z "$CC"; then CC=none; fi
substitute CC $CC
find_program AWK gawk mawk nawk awk
test -n "$AWK" || error 'no awk'
substitute AWK $AWK
find_program INSTALL ginstall install
substitute INSTALL "${INSTALL:-cp}"
checking 'whether ln -s works'
rm -f conf$$ conf$$.file; echo > conf$$.file
if ln -s conf$$.file conf$$ 2>/dev/null && test -h conf$$; then LN_S='ln -s'; else LN_S='cp -p'; fi
rm -f conf$$ conf$$.file
result "$LN_S"
substitute LN_S "$LN_S"
checking 'whether echo understands -n'
case `echo -n x`y in xy) result yes ;; *) result no ;; esac
checking 'for a sed that does not truncate output'
ac_line=0123456789
ac_count=0
while test $ac_count -lt 6; do ac_line=$ac_line$ac_line; ac_count=`expr $ac_count + 1`; done
if test "`echo $ac_line | sed 's/9/9/' | wc -c`" -eq 641; then result yes; else result no; fi
define SIZEOF_LINE `echo $ac_line | wc -c`
checking 'for the shell'
SHELL=/bin/sh
test -x $SHELL && result $SHELL
substitute SHELL $SHELL
tools=0

checking 'for sort'
if (command -v sort) > /dev/null 2>&1; then
  ac_sort=yes
  tools=`expr $tools + 1`
  define HAVE_SORT 1
else
  ac_sort=no
fi
result $ac_sort
checking 'for tar'
if (command -v tar) > /dev/null 2>&1; then
  ac_tar=yes
  tools=`expr $tools + 1`
  define HAVE_TAR 1
else
  ac_tar=no
fi
result $ac_tar
checking 'for gzip'
if (command -v gzip) > /dev/null 2>&1; then
  ac_gzip=yes
  tools=`expr $tools + 1`
  define HAVE_GZIP 1
else
  ac_gzip=no
fi
result $ac_gzip
checking 'for sed'
if (command -v sed) > /dev/null 2>&1; then
  ac_sed=yes
  tools=`expr $tools + 1`
  define HAVE_SED 1
else
  ac_sed=no
fi
result $ac_sed
checking 'for grep'
if (command -v grep) > /dev/null 2>&1; then
  ac_grep=yes
  tools=`expr $tools + 1`
  define HAVE_GREP 1
else
  ac_grep=no
fi
result $ac_grep
checking 'for find'
if (command -v find) > /dev/null 2>&1; then
  ac_find=yes
  tools=`expr $tools + 1`
  define HAVE_FIND 1
else
  ac_find=no
fi
result $ac_find
checking 'for xargs'
if (command -v xargs) > /dev/null 2>&1; then
  ac_xargs=yes
  tools=`expr $tools + 1`
  define HAVE_XARGS 1
else
  ac_xargs=no
fi
result $ac_xargs
checking 'for diff'
if (command -v diff) > /dev/null 2>&1; then
  ac_diff=yes
  tools=`expr $tools + 1`
  define HAVE_DIFF 1
else
  ac_diff=no
fi
result $ac_diff
checking 'for cut'
if (command -v cut) > /dev/null 2>&1; then
  ac_cut=yes
  tools=`expr $tools + 1`
  define HAVE_CUT 1
else
  ac_cut=no
fi
result $ac_cut
checking 'for tr'
if (command -v tr) > /dev/null 2>&1; then
  ac_tr=yes
  tools=`expr $tools + 1`
  define HAVE_TR 1
else
  ac_tr=no
fi
result $ac_tr
checking 'for uniq'
if (command -v uniq) > /dev/null 2>&1; then
  ac_uniq=yes
  tools=`expr $tools + 1`
  define HAVE_UNIQ 1
else
  ac_uniq=no
fi
result $ac_uniq
checking 'for wc'
if (command -v wc) > /dev/null 2>&1; then
  ac_wc=yes
  tools=`expr $tools + 1`
  define HAVE_WC 1
else
  ac_wc=no
fi
result $ac_wc
checking 'for head'
if (command -v head) > /dev/null 2>&1; then
  ac_head=yes
  tools=`expr $tools + 1`
  define HAVE_HEAD 1
else
  ac_head=no
fi
result $ac_head
checking 'for tail'
if (command -v tail) > /dev/null 2>&1; then
  ac_tail=yes
  tools=`expr $tools + 1`
  define HAVE_TAIL 1
else
  ac_tail=no
fi
result $ac_tail
checking 'for nothing'
if (command -v nothing) > /dev/null 2>&1; then
  ac_nothing=yes
  tools=`expr $tools + 1`
  define HAVE_NOTHING 1
else
  ac_nothing=no
fi
result $ac_nothing
checking 'for missing'
if (command -v missing) > /dev/null 2>&1; then
  ac_missing=yes
  tools=`expr $tools + 1`
  define HAVE_MISSING 1
else
  ac_missing=no
fi
result $ac_missing
define NUMBER_OF_TOOLS $tools
define PACKAGE "\"$PACKAGE_NAME\""
checks() {
  checking "whether $1 works"
  shift
  if ( eval "$*" ) > conftest.out 2>&1; then result yes; else result "no ($?)"; fi
  rm -f conftest*
}
checks subshells '(exit 0) && (false || true)'
checks pipes 'test "`echo a | tr a b | cat`" = b'
checks sorting 'test "`printf "2\n1\n" | sort | tr -d "\n"`" = 12'
checks failing 'exit 3'
checks files 'echo > conftest.a && test -f conftest.a && test ! -d conftest.a'
checks arithmetic 'test $((3 * 4 - 5 % 3)) = 10'
checks expressions 'expr 5 \> 3 && test `expr length abc` = 3'
checks signals 'sh -c "kill -TERM \$\$"'
checks background 'sleep 0 & wait'
checks redirection 'exec 3>&1; echo x >&3; exec 3>&-'
checks traps 'trap "echo trapped" EXIT; exit 0'
checks backquotes 'test "`echo \`echo nested\``" = nested'
test $with_tools = all && PROGRAMS='one two three' || PROGRAMS=one
substitute PROGRAMS "$PROGRAMS"
substitute PACKAGE_STRING "$PACKAGE_STRING"
substitute prefix "$prefix"; substitute exec_prefix "$exec_prefix"; substitute bindir "$bindir"
cat > config.status <<END
#! $SHELL
# Generated by $as_me.
files='Makefile'
headers='config.h'
srcdir=$srcdir
END
cat >> config.status <<'END'
for file in $files
do
  echo "config.status: creating $file"
  sed -f confsubst.sed $srcdir/$file.in > $file || exit 1
done
for header in $headers
do
  echo "config.status: creating $header"
  while read -r line
  do
    name=`echo "$line" | sed -n 's/^#undef \([A-Z_]*\)$/\1/p'`
    if test -n "$name" && value=`grep "^#define $name " confdefs.h`; then
      echo "$value"
    else
      echo "/* $line */"
    fi
  done < $srcdir/$header.in > $header
done
exit 0
END
chmod +x config.status
./config.status
echo "status $?"
mkdir -p sub; (cd sub && sh ../config.status > /dev/null 2>&1) || echo "fails below: $?"
cat Makefile config.h
sort confdefs.h | md5sum
grep -c checking config.log
grep -v checking config.log | sort | uniq -c | sort -k1,1rn -k2 | head -3
exec 5>&-
rm -rf $srcdir $builddir
trap 'echo done' EXIT
