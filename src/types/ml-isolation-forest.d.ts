/** The part that we use; the package ships no types. */
declare module 'ml-isolation-forest' {
  /** An inner node has children, a leaf the rows that end in it. */
  export interface TreeNode {
    left?: TreeNode
    right?: TreeNode
    splitColumn?: number
    /** Smaller values go left. */
    splitValue?: number
    trainingSet?: number[][]
  }
  export class IsolationForest {
    constructor(options?: { nEstimators?: number })
    readonly forest: TreeNode[]
    train(rows: number[][]): void
    /** One score per row, 0 to 1. */
    predict(rows: number[][]): number[]
  }
}
