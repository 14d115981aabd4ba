// Loaded before all tests; the processes they start inherit it. ts-node keeps TypeScript's compiled code
// in files that every process reads and rewrites: one that reads while another writes may crash (V8's
// deserializer), as was seen once with six at a time.
process.env.DISABLE_V8_COMPILE_CACHE = '1'
