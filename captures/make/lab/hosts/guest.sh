#!/bin/busybox sh
# shellcheck shell=dash
# The first program of the guest: loads the drivers, then runs what comes in by the second serial port.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do
    case $module in
    *bonding.ko) insmod "$module" max_bonds=0 ;;
    *) insmod "$module" ;;
    esac
done
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
ip link set lo up

# bond "NAME=VALUE ..." ADDRESS: a bond of all NICs with these settings of the driver
bond() {
    cd /sys/class/net || exit
    echo +bond0 >bonding_masters
    for setting in $1; do
        echo "${setting#*=}" >bond0/bonding/"${setting%%=*}"
    done
    for nic in eth*; do
        ip link set "$nic" down
        echo "+$nic" >bond0/bonding/slaves
    done
    ip addr add "$2/24" dev bond0
    ip link set bond0 up
    cd /
}

# send ADDRESS PORT BYTES BLOCKS: blocks of so many bytes, 20 a second, as one connection
send() {
    left=$4
    while [ "$left" -gt 0 ]; do
        head -c "$3" /dev/zero
        usleep 50000
        left=$((left - 1))
    done | nc "$1" "$2"
}

exec 3<>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo
echo "guest ready" >&3
while read -r line <&3; do
    eval "$line" >&3 2>&3
done
