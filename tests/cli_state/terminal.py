"""A session of `repl` at a terminal: what a user types, and what comes of it."""

import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import time

PATIENCE = 60
STARTED = []
# The editor asks for pastes in brackets when it begins to read, and it is only then that it sees what is typed.
READY = "\x1b[?2004h"


def take_terminal():
    """Make standard input the controlling terminal, so that its keys send signals."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    def __init__(self, *args):
        self.output = b""
        self.master, slave = os.openpty()
        environment = dict(os.environ, TERM="xterm")
        command = [sys.executable, "repl", *args]
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        STARTED.append(self.process)
        os.close(slave)
        self.wait_for(READY)

    def wait_for(self, text):
        """Read until a text comes, and forget all up to its end."""
        end = time.monotonic() + PATIENCE
        while text.encode() not in self.output:
            ready, _, _ = select.select([self.master], [], [], 1)
            if time.monotonic() > end:
                raise TimeoutError(f"no {text!r} in {self.output!r}")
            if not ready:
                continue
            try:
                read = os.read(self.master, 65536)
            except OSError:
                read = b""
            if not read:
                raise EOFError(f"no {text!r} in {self.output!r}")
            self.output += read
        _, _, self.output = self.output.partition(text.encode())

    def type(self, text, *expected):
        os.write(self.master, text.encode())
        for text in expected:
            self.wait_for(text)

    def end(self):
        """The exit code, when the process has ended; what it still prints is read."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ready, _, _ = select.select([self.master], [], [], 1)
            if not ready:
                continue
            try:
                if not os.read(self.master, 65536):
                    break
            except OSError:
                break
        return self.process.wait(PATIENCE)


def leave(terminal):
    terminal.type("\x04")
    assert terminal.end() == 0


def pasted(text):
    return f"\x1b[200~{text}\x1b[201~"


def editing(state):
    terminal = Terminal("--state", state)
    # A block goes on until an empty line; the tabulator indents.
    terminal.type("def f(x):\r", "\n")
    terminal.type("\treturn x + 1\r", "\n")
    terminal.type("\r", READY)
    terminal.type("print('is', f(41))\r", "is 42", READY)
    # Several statements at once, with an empty line within a function.
    terminal.type(pasted("a = 1\nb = 2\ndef g():\n    c = a\n\n    return c + b\n\nprint('sum', g())"))
    terminal.type("\r", "sum 3", READY)
    # An interrupt forgets what has been typed.
    terminal.type("junk +\x03", "KeyboardInterrupt", READY)
    terminal.type(":help\r", ":quit", READY)
    leave(terminal)


def history(state):
    terminal = Terminal("--state", state)
    terminal.type("kept = 5\r", READY)
    terminal.type(":help\r", ":quit", READY)
    leave(terminal)
    terminal = Terminal("--state", state)
    # One and two steps back.
    terminal.type("\x1b[A", ":help")
    terminal.type("\x1b[A", "kept = 5")
    terminal.type("\x15print('was', kept)\r", "was 5", READY)
    leave(terminal)


def terminated(state):
    terminal = Terminal("--state", state)
    terminal.type("n = 1\r", READY)
    # While it waits for a line.
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.end() == 143
    terminal = Terminal("--state", state)
    terminal.type("print('n', n)\r", "n 1", READY)
    # The terminal is closed.
    terminal.type("n = 2\r", READY)
    os.close(terminal.master)
    terminal.process.wait(PATIENCE)
    terminal = Terminal("--state", state)
    terminal.type("print('n', n)\r", "n 2", READY)
    leave(terminal)


def refused(state, elsewhere):
    """What can't be saved does not end the session."""
    terminal = Terminal("--state", state, "--strict")
    terminal.type("g = (i for i in ())\r", READY)
    terminal.type(":quit\r", "not saved", "elsewhere", READY)
    terminal.type("del g; n = 3\r", READY)
    terminal.type(f":save {elsewhere}\r", READY)
    terminal.type("g = (i for i in ())\r", READY)
    terminal.type(":quit\r", "not saved", "elsewhere", READY)
    terminal.type(":quit\r")
    assert terminal.end() == 1
    assert os.path.exists(elsewhere) and not os.path.exists(state)


def interrupted(state):
    terminal = Terminal("--state", state)
    terminal.type("while True: pass\r", "\n")
    terminal.type("\r", "\n")
    time.sleep(0.5)
    terminal.type("\x03", "KeyboardInterrupt", READY)
    terminal.type("n = 1\r", READY)
    leave(terminal)


name, *paths = sys.argv[1:]
try:
    globals()[name](*paths)
finally:
    for process in STARTED:
        if process.poll() is None:
            process.kill()
print("well")
