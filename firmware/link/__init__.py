"""The box's end of the serial line: frames, sessions, and one handler per request of docs/protocol.md."""
