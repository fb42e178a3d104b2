"""Other packages' names for what is here, for programs written for those."""
