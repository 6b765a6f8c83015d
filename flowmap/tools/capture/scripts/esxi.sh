#!/bin/sh
# Records all physical NICs of an ESXi host, received and sent apart, with what the host says of them before and after.
# Run in the ESXi shell, as root:   sh capture.sh FOLDER [SECONDS]
# FOLDER has to be on a datastore with room, such as /vmfs/volumes/datastore1/capture. Start several migrations, from several
# hosts, while it records. Send the .tgz that it writes.
folder=$1
seconds=${2:-120}
bytes=128
megabytes=2000

if [ -z "$folder" ] || [ -e "$folder" ]; then
    echo "usage: sh capture.sh FOLDER [SECONDS]   (FOLDER must not exist yet)" >&2
    exit 2
fi
mkdir -p "$folder" || exit 1

witness() {
    esxcli network nic list >"$folder/$1-nics.txt" 2>&1
    esxcli network vswitch standard list >"$folder/$1-vswitches.txt" 2>&1
    esxcli network vswitch dvs vmware list >"$folder/$1-dvs.txt" 2>&1
    esxcli network vswitch dvs vmware lacp status get >"$folder/$1-lacp.txt" 2>&1
    esxcli network ip interface ipv4 get >"$folder/$1-vmkernel.txt" 2>&1
    for nic in $nics; do
        esxcli network nic stats get -n "$nic" >"$folder/$1-counters-$nic.txt" 2>&1
    done
    for switch in $(esxcli network vswitch standard list | sed -n 's/^   Name: //p'); do
        esxcli network vswitch standard policy failover get -v "$switch" >"$folder/$1-policy-$switch.txt" 2>&1
    done
}

pids=""
finish() {
    trap '' INT TERM
    # An interrupt lets pktcap-uw write what it holds.
    for pid in $pids; do kill -INT "$pid" 2>/dev/null; done
    sleep 2
    witness after
    date -u >>"$folder/clock.txt"
    tar -czf "$folder.tgz" -C "$(dirname "$folder")" "$(basename "$folder")"
    echo "Done. Send this file: $folder.tgz"
    exit 0
}

nics=$(esxcli network nic list | awk '$1 ~ /^vmnic/ && $5 == "Up" { print $1 }')
if [ -z "$nics" ]; then
    echo "no vmnic has a link" >&2
    exit 1
fi
witness before
date -u >"$folder/clock.txt"
esxcli system time get >>"$folder/clock.txt" 2>&1
trap finish INT TERM

# One direction for each process: 0 is received, 1 is sent.
for nic in $nics; do
    pktcap-uw --uplink "$nic" --dir 0 -s $bytes -o "$folder/${nic}_rcv.pcap" >/dev/null 2>&1 &
    pids="$pids $!"
    pktcap-uw --uplink "$nic" --dir 1 -s $bytes -o "$folder/${nic}_snd.pcap" >/dev/null 2>&1 &
    pids="$pids $!"
done

echo "Recording $(echo "$nics" | tr '\n' ' ')for $seconds seconds. Start the migrations now. Ctrl-C ends it well."
left=$seconds
while [ "$left" -gt 0 ]; do
    sleep 5
    left=$((left - 5))
    used=$(du -m -s "$folder" | awk '{ print $1 }')
    echo "$left s left, $used MB written"
    if [ "$used" -gt "$megabytes" ]; then
        echo "$megabytes MB are enough; ending"
        break
    fi
done
finish
