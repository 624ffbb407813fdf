"""What can be said of a portrait and of the frames it was chosen from, without a model."""
