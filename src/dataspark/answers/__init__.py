"""What a project can be asked: each module answers one question with plain values, and changes nothing."""
