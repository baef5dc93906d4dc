"""Papers for people: the accountability report (S48), and how a paper becomes HTML and PDF."""
