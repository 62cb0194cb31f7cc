# tar, gzip, timeouts, nohup; attributes of the tree.
cd /tmp; mkdir -p data/sub; seq 1 5000 > data/numbers; echo hello > data/sub/hello; ln -s sub/hello data/link; chmod 751 data/sub; chmod 4755 data/numbers
tar c data | gzip | gunzip | tar t | sort
mkdir out; tar c data | gzip -9 | gunzip | tar x -C out
cmp data/numbers out/data/numbers && echo same; readlink out/data/link; stat -c '%a %s %F' out/data/sub out/data/numbers out/data/link
tar czf a.tgz data; tar xzOf a.tgz data/sub/hello; gzip -dc a.tgz | wc -c | awk '{ print ($1 > 20000) }'
seq 1 100000 | gzip | gunzip | md5sum
seq 1 3000 | bzip2 | bunzip2 | sha256sum
timeout 1 sleep 5; echo "timeout $?"
timeout 5 true; echo "timeout $?"
timeout -s KILL 1 sleep 5; echo "timeout $?"
nohup echo hup > nohup.txt 2>/dev/null; cat nohup.txt
stat -c "%n %a %F" /bin/sh /bin/busybox /tmp /etc
ls -l /bin/sh | awk '{ print $1, $9, $10, $11 }'
stat -c %h /bin/busybox; [ /bin/bash -ef /bin/bash ] && echo linked
echo changed >> /etc/profile.local; cat /etc/profile.local
mv /etc/profile.local /tmp/moved; cat /tmp/moved
rm /bin/false; /bin/false 2>/dev/null; echo "gone $?"
mkdir copies; cp /bin/true copies/true; copies/true; [ -x copies/true ] && echo executable
mkdir /newdir && echo x > /newdir/y && cat /newdir/y
date -u -d @86400 +%F
