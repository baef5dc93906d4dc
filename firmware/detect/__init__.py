"""What is on the line: keys, call progress and levels, all in integers and without allocation."""
