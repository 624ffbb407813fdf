"""What is known of names: their families, who bears them, how common they are, and the words around them."""
