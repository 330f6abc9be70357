"""What answers say of questions, for authors: loaded, worked out, kept, put into words."""
