// The commands follow.
