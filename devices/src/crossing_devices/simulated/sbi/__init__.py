"""A device service that speaks MOSIP's SBI: a slap scanner and a face camera with certificates of their own."""
