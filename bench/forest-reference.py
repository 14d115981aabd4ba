# What scikit-learn makes of the same task, for bench/forest.ts: one JSON document on standard output.
# Sets that scikit-learn brings along become anomaly sets the usual way: one class is the crowd,
# and some rows of another one (5 %) the anomalies.
import base64
import json
import time

import numpy as np
from sklearn import datasets
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

ROWS, COLUMNS, SEEDS = 100_000, 12, range(5)


def forest(seed):
    return IsolationForest(n_estimators=100, max_samples=256, random_state=seed)


def anomaly_set(crowd, anomalies, seed=0):
    few = max(5, round(0.05 * len(crowd)))
    chosen = np.random.default_rng(seed).permutation(len(anomalies))[:few]
    rows = np.vstack([crowd, anomalies[chosen]]).astype(np.float64)
    return rows, np.r_[np.zeros(len(crowd)), np.ones(len(rows) - len(crowd))]


def sets():
    for name, load in [("iris", datasets.load_iris), ("wine", datasets.load_wine)]:
        rows, classes = load(return_X_y=True)
        for odd in range(3):
            yield f"{name}, class {odd} odd", *anomaly_set(rows[classes != odd], rows[classes == odd])
    rows, classes = datasets.load_breast_cancer(return_X_y=True)
    yield "breast cancer", *anomaly_set(rows[classes == 1], rows[classes == 0])
    rows, classes = datasets.load_digits(return_X_y=True)
    for odd in (0, 1, 4, 6, 8):
        yield f"digits, {odd} odd", *anomaly_set(rows[classes != odd], rows[classes == odd])


rows = np.random.default_rng(1).normal(size=(ROWS, COLUMNS))
forest(0).fit(rows[:1000]).score_samples(rows[:1000])
times = []
for seed in range(3):
    started = time.perf_counter()
    forest(seed).fit(rows).score_samples(rows)
    times.append(time.perf_counter() - started)

print(json.dumps({
    "seconds": sorted(times)[1],
    "sets": [
        {
            "name": name,
            "columns": rows.shape[1],
            "values": base64.b64encode(rows.tobytes()).decode(),
            "odd": [int(i) for i in np.flatnonzero(labels)],
            "auc": float(np.mean([
                roc_auc_score(labels, -forest(seed).fit(rows).score_samples(rows)) for seed in SEEDS
            ])),
        }
        for name, rows, labels in sets()
    ],
}))
