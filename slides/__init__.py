"""The decks of the workshop: what they say, where their numbers come from, how they are drawn."""
