"""How the numbers of firmware/detect/weights.py are made: material, features, networks, export. docs/dtmf.md tells the story."""

import os

# Before NumPy is imported: these matrices are too small to share out among threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
