# usage: unshare -rmpf --mount-proc sh oracle.sh QEMU ROOT COMMAND...
# Runs a command of a file tree under QEMU, in namespaces of its own: the kernel there hands executables for AArch64 to QEMU, which passes their system calls to it. What is written to the tree is lost.
set -e
qemu=$1 root=$2
shift 2
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s' ":elfconv:M::$magic:$mask:$qemu:FP" > /proc/sys/fs/binfmt_misc/register
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay none -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
mount -t proc none /mnt/root/proc
mount --rbind /dev /mnt/root/dev
cd /
# To dump the core of a guest, with all its reserved memory, takes QEMU minutes on a loaded machine.
ulimit -c 0
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot /mnt/root "$@"
