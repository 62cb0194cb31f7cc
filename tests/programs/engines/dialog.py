"""Holds a dialog with a program on a pseudo-terminal: dialog.py DIALOG COMMAND...

A dialog's lines are `> TEXT`, which is typed (escapes as in Python; a newline is typed where it says so), and `< REGEX`, which the output must contain behind what was found before.
The last line may be `= STATUS`, the program's exit status. The program gets a terminal of 24 rows and 80 columns.
"""
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

SECONDS = float(os.environ.get("DIALOG_SECONDS", "60"))


def main():
    dialog, command = sys.argv[1], sys.argv[2:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    shown, seen = "", 0

    def read(timeout):
        nonlocal shown
        if not select.select([terminal], [], [], timeout)[0]:
            return True
        try:
            data = os.read(terminal, 4096)
        except OSError:
            return False
        shown += data.decode("utf-8", "replace")
        return bool(data)

    def fail(what):
        os.kill(pid, 9)
        sys.exit(f"{what}\n--- the terminal showed:\n{shown}")

    status = None
    for number, line in enumerate(open(dialog), 1):
        kind, text = line[:1], line[2:].rstrip("\n")
        if kind == ">":
            data = codecs.decode(text, "unicode_escape").encode()
            os.write(terminal, data)
        elif kind == "<":
            end = time.monotonic() + SECONDS
            while not (found := re.compile(text, re.S).search(shown, seen)):
                if time.monotonic() > end or not read(0.1):
                    fail(f"{dialog}:{number}: no {text!r}")
            seen = found.end()
        elif kind == "=":
            status = int(text)
    end = time.monotonic() + SECONDS
    while read(0.1):
        if time.monotonic() > end:
            fail("it does not end")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status is not None and code != status:
        fail(f"exit status {code}, not {status}")


main()
