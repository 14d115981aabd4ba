/** The part that we use; the package ships no types. */
declare module 'ml-isolation-forest' {
  export class IsolationForest {
    constructor(options?: { nEstimators?: number })
    train(rows: number[][]): void
    /** One score per row, 0 to 1. */
    predict(rows: number[][]): number[]
  }
}
