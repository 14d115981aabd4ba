// A worker that fails outside of every promise.
setImmediate(() => {
  throw new Error('out of order')
})
