// A worker that is gone without a word.
process.exit(3)
