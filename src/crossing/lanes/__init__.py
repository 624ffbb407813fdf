"""One traveller at one lane, from the first scan to the receipt."""
