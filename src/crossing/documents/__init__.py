"""What a travel document says: MRZ, check digits, transliteration, page reading, validity."""
