"""The line's audio: A-law code, prompts and beeps, block by block without allocation."""
