"""Mail that is owed is written down first (`services.owe`), sent after the commit, once, and can be sent again."""
