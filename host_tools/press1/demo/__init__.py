"""`make demo`: one call from the handset to the owner's ear, and what is left of it after 91 days."""
