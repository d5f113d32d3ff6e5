"""What came back: sources of evidence (maildir, mbox, IMAP, CSV, a person's typing) and what their content means.

`mailbox` reads folders and files, `imap` a server: the impure part. `inbound` turns the bytes of one message into a
value, `classify` says what kind of message it is, `matching` which effect it answers, `values` what a typed number is:
all of them pure.
"""
