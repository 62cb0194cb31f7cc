# Archives made, tested, listed, compared and extracted by a C++ program, which insists on a gpg that it can ask for its version: gpgv does.
# shells: bash
# programs: bin/dar=usr/bin/dar_static usr/bin/gpg=usr/bin/gpgv-static
export TZ=UTC
cd /tmp; mkdir -p tree/sub/deep out part
seq 1 20000 > tree/numbers; seq 1 300 | sha256sum > tree/sub/b.txt; : > tree/sub/deep/c; ln -s sub/b.txt tree/link
dar -N -Q -V | head -2
dar -N -Q -c made -R tree -zgzip:9 -Z '*.nothing' > log; echo "created $?"; grep -c 'inode' log
[ $(stat -c %s made.1.dar) -lt 60000 ] && echo compressed
dar -N -Q -t made > /dev/null; echo "tested $?"
dar -N -Q -l made | awk '/\[/ { print $1, $NF }' | sort
dar -N -Q -d made -R tree > /dev/null; echo "same $?"
dar -N -Q -x made -R out -O > /dev/null; echo "extracted $?"
cmp tree/numbers out/numbers && cat out/sub/b.txt; readlink out/link; ls -R out
dar -N -Q -x made -R part -O -g sub > /dev/null; echo "a part $?"; find part | sort
dar -N -Q -c sliced -R tree -s 20k > /dev/null; echo "sliced $?"; ls sliced.*
rm -r out/*; dar -N -Q -x sliced -R out -O > /dev/null; echo "extracted $?"; md5sum out/numbers
echo more >> tree/numbers; dar -N -Q -d made -R tree > /dev/null; echo "differs $?"
dar -N -Q -c later -R tree -A made > /dev/null; echo "differential $?"; dar -N -Q -l later | grep -c numbers
dar -N -Q -l missing > /dev/null 2>&1; echo "missing $?"
dar -h | head -3
