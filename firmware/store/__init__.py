"""What must outlive a power cut: key slots and logs in NOR flash, recordings and journal on the card."""
