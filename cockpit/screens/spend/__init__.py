"""The spend tail: every charge as it lands, and sums that add up."""
