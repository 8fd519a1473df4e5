#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The console at a terminal: the menus, questions that are answered by nothing, a wrong number, Ctrl-C, the end of the input, the TAB key,
and the history. Into a pipe no escape code is written.

    test-terminal.py LPARSIM EXAMPLES
"""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

WAIT_S = 60
CTRL_C, CTRL_D, CTRL_U = "\x03", "\x04", "\x15"


class Terminal:
    def __init__(self, lparsim, machine, home, columns=100):
        self.shown = self.fresh = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", HOME=home, XDG_STATE_HOME=os.path.join(home, "state"), LC_ALL="C.UTF-8")
            os.execv(lparsim, [lparsim, "console", machine])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def expect(self, text):
        """Waits until that is shown, behind what was expected before."""
        end = time.monotonic() + WAIT_S
        while text not in self.fresh:
            ready, _, _ = select.select([self.fd], [], [], 0.1)
            assert time.monotonic() < end, "no %r behind %r" % (text, self.fresh[-2000:])
            if ready:
                try:
                    new = os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    new = ""
                assert new, "it has ended before %r: %r" % (text, self.fresh[-2000:])
                self.fresh += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", new)
        before, _, self.fresh = self.fresh.partition(text)
        self.shown += before + text
        return before

    def type(self, text):
        """When the terminal gives on single keys: the prompt is there a moment earlier, and Ctrl-D would be lost."""
        end = time.monotonic() + WAIT_S
        while termios.tcgetattr(self.fd)[3] & termios.ICANON:
            assert time.monotonic() < end, "nobody reads keys behind %r" % self.shown[-200:]
            time.sleep(0.005)
        os.write(self.fd, text.encode())

    def ended(self):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], 0.1)
            try:
                if ready:
                    os.read(self.fd, 65536)
            except OSError:
                pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, 9)
        raise AssertionError("it does not end")


def test_menu(lparsim, machine, home):
    terminal = Terminal(lparsim, machine, home)
    terminal.expect("SVP> ")
    terminal.type("MENU\n")
    terminal.expect("RESTORE lpar DEV(device) SEQNBR(number)")
    terminal.expect("Option, or ENTER to leave: ")
    terminal.type("\n")
    terminal.expect("SVP> ")
    terminal.type("MENU 54\n")
    terminal.expect("Option, or ENTER to leave: ")
    terminal.type("1\n")
    terminal.expect("LPAR (name or number): ")
    terminal.type("LPAR9\n")
    terminal.expect("LPS201E There is no LPAR LPAR9.")
    terminal.expect("SVP> ")
    terminal.type("MENU 54.1\n")
    terminal.expect("LPAR (name or number): ")
    terminal.type("LPAR2" + CTRL_C + "LPAR1\n")  # Ctrl-C takes back what was typed
    terminal.expect("Down: stop an LPAR's guest: STOP LPAR1\n")
    terminal.expect("ENTER to do it, anything else not to: ")
    terminal.type("\n")
    terminal.expect("LPAR1 is stopped.")
    terminal.expect("SVP> ")
    terminal.type("MENU 77\n")
    terminal.expect("is no option of the menu. MENU shows the options.")
    terminal.expect("SVP> ")
    terminal.type("MENU 54.2\n")
    terminal.expect("LPAR (name or number): ")
    terminal.type(CTRL_D)
    terminal.expect("LPS503E MENU is cancelled.")
    terminal.expect("SVP> ")
    terminal.type("DISPLAY LPAR LPAR1\n")
    terminal.expect("stopped")
    terminal.expect("SVP> ")
    terminal.type(CTRL_D)
    assert terminal.ended() == 1  # commands were refused


def test_keys(lparsim, machine, home):
    terminal = Terminal(lparsim, machine, home)
    terminal.expect("SVP> ")
    for typed, completed in (("SNAP\t", "SNAPSHOT "), ("RESTORE LPAR2 PRE\t", "RESTORE LPAR2 PRESNAP"),
                             ("INZ\t", "INZTAP "), ("VERIFY AU\t", "VERIFY AUDIT")):
        terminal.type(typed)
        terminal.expect(completed)
        terminal.type(CTRL_U)
    terminal.type("SAVE \t\t")
    terminal.expect("LPAR  SYSTEM  CHANGES  JOURNAL  STATE")
    terminal.type(CTRL_U + "DISPLAY POLICY\n")
    terminal.expect("No policy is defined.")
    terminal.expect("SVP> ")
    terminal.type("\x1b[A")  # the line before
    terminal.expect("DISPLAY POLICY")
    terminal.type(CTRL_U + "QUIT\n")
    assert terminal.ended() == 0
    history = open(os.path.join(home, "state", "lparsim", "history")).read()
    assert "DISPLAY\\040POLICY" in history and "MENU\\04054.1" in history, history
    assert "LPAR9" not in history  # answers are no commands


def test_pipe(lparsim, machine):
    lines = "SET PRESNAP ON\nRUN 1s\nINTEG LPAR2,LPAR1\nRESTORE LPAR2 PRESNAP\nMENU\nDISPLAY JOB\nREPORT PROTECTION\n"
    done = subprocess.run([lparsim, "console", machine], input=lines.encode(), capture_output=True, check=True)
    assert b"\x1b" not in done.stdout + done.stderr and b"\r" not in done.stdout + done.stderr


def main():
    lparsim, examples = (os.path.realpath(path) for path in sys.argv[1:3])
    machine = os.path.join(examples, "patent.ini")
    with tempfile.TemporaryDirectory(prefix="lparsim-terminal-") as home:
        test_menu(lparsim, machine, home)
        test_keys(lparsim, machine, home)
        test_pipe(lparsim, machine)


main()
