"""What any stage may use: errors, CBOR, saved state, policy, jobs and the log. Imports nothing of ours."""
