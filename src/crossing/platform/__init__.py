"""What every room stands on and no room should write again: storage, transport, time, secrets, words."""
