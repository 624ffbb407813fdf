"""The posts ahead: travellers on whom another post found something after they had gone, looked for by every post."""
