from pkt import OUT, US, by_time, folder, streams

first = streams(["en1"] * 3 + ["en2"] * 3, n=60, dport=8443)
second = streams(["en3"] * 6 + ["en4"] * 6, n=60, host="10.88.0.100", hmac="02:aa:00:00:00:02", net="10.88.0.")
folder(f"{OUT}/two", by_time(first + [p.but(t=p.t + 3 * US) for p in second]))
mixed = streams(["en1"] * 3 + ["en3"] * 3, n=60, host="10.88.0.100", hmac="02:aa:00:00:00:02", net="10.88.0.")
folder(f"{OUT}/one", by_time(streams(["en2"] * 6 + ["en4"] * 6 + ["en1"] * 2 + ["en3"] * 2, n=60) + mixed))
