from pkt import OUT, arp, folder, put, streams

text = "connection.id:                          bond0\nconnection.type:                        bond\n"
text += "connection.interface-name:              bond0\n"
text += "bond.options:                           mode=active-backup,miimon=100,primary=nic1\n\n"
for n in (1, 2):
    text += f"connection.id:                          port{n}\nconnection.type:                        802-3-ethernet\n"
    text += f"connection.interface-name:              nic{n}\nconnection.master:                      bond0\n"
    text += "connection.slave-type:                  bond\n\n"
put(f"{OUT}/bond.txt", text)
folder(f"{OUT}/cap", streams(["nic1"] * 8, n=40) + arp("nic2"))
