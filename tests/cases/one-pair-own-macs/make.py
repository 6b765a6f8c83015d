from pkt import OUT, by_time, folder, stream

pk = []
for i in range(4):
    member = "nic1" if i % 2 else "nic2"
    pk += stream(i, member, n=60, hmac=f"02:aa:00:00:00:0{1 + i % 2}", rip="10.77.0.11", rmac="02:bb:00:00:00:0b")
folder(f"{OUT}/cap", by_time(pk))
