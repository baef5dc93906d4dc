"""The rights of the people who were recorded: objections, erasure, holds, reviews, access; each a case with a log."""
