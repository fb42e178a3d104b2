"""Words that stand near each other: counted, and the vectors that follow from the counts."""
