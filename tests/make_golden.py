"""Rewrite golden.json and pipeline.json after models or pipeline changed on purpose: python -m tests.make_golden."""

from __future__ import annotations

import json

from iqscore.scorer import open_scorer
from tests.golden import GOLDEN, score_pictures
from tests.pipeline_golden import write_pipeline


def main() -> None:
    """Score the known pictures with the shipped models and write what they say."""
    scorer = open_scorer("cpu")
    pictures = score_pictures(scorer)
    golden = {"models": scorer.models, "pictures": pictures}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    write_pipeline()
    print(f"{GOLDEN}: {len(pictures)} pictures by {', '.join(scorer.models.values())}")


if __name__ == "__main__":
    main()
