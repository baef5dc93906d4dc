"""The simulator's host side: call scripts, rendered audio, box directories, and the supervisor of the interpreter."""
