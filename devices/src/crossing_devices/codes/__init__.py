"""QR codes, barcodes and the like, read from any camera."""
