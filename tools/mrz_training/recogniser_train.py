"""Trains the recogniser on synthetic lines and exports it: ``python -m mrz_training.recogniser_train --help``."""

import argparse
import json
import time
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from mrz_training.lines import VERSION
from mrz_training.recogniser import CLASSES, STRIDE, Recogniser
from mrz_training.recogniser_data import Batch, Lines
from mrz_training.recogniser_export import export
from torch import Tensor, nn

_BATCH: Final = 64
_PEAK_RATE: Final = 4e-3
_PEAK_RATE_AGAIN: Final = 1.5e-3
"""Of a network that has learned already."""
_DECAY: Final = 0.02
_MEMORY: Final = 0.998
"""Of the weights' moving average, which is what is kept."""
_GUIDED: Final = 300
"""First steps, in which frames are also told their character as if characters stood evenly: CTC alone starts late."""


def train(
    lines: Lines, held_out: Lines, *, steps: int, seed: int, kept: Path, start: Path | None = None
) -> tuple[Recogniser, dict[str, Any]]:
    """The network whose weights are the moving average at the end, and what was measured on the way.

    Whenever it is measured, the average's weights are written to ``kept``. ``start`` are weights to go on from.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = Recogniser().to(memory_format=torch.channels_last)
    if start is not None:
        model.load_state_dict(torch.load(start, weights_only=True))
    average = deepcopy(model)
    peak, guided = (_PEAK_RATE, _GUIDED) if start is None else (_PEAK_RATE_AGAIN, 0)
    optimiser = torch.optim.AdamW(model.parameters(), lr=peak, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=peak, total_steps=steps, pct_start=0.08, final_div_factor=1e3
    )
    started, history, recent, step = time.process_time(), [], [], 0
    while step < steps:
        for batch in lines.epoch(_BATCH, rng):
            loss = _loss(model, batch, guided=step < guided)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            _remember(average, model, min(_MEMORY, (step + 1) / (step + 10)))
            recent.append(float(loss.detach()))
            step += 1
            if step % 500 == 0 or step == steps:
                measured = {"step": step, "loss": float(np.mean(recent)), **evaluate(average, held_out)}
                measured["cpu_s"] = round(time.process_time() - started)
                print(json.dumps(measured), flush=True)
                history.append(measured)
                torch.save(average.state_dict(), kept)
                recent.clear()
            if step == steps:
                break
    facts = {
        "seed": seed,
        "start": start.name if start else None,
        "steps": steps,
        "lines": len(lines),
        "data": VERSION,
    }
    return average, {**facts, "history": history}


@torch.no_grad()
def evaluate(model: Recogniser, lines: Lines) -> dict[str, float]:
    """Share of lines read exactly, and of characters in wrong lines' edit distance, by the best path."""
    model.eval()
    right, wrong_characters, characters = 0, 0, 0
    for batch in lines.in_order(_BATCH):
        scores = model(_strips(batch))
        for row, width, target, length in zip(scores, batch.widths, batch.targets, batch.lengths, strict=True):
            read = _best_path(row[: -(-int(width) // STRIDE)])
            wanted = target[:length].tolist()
            right += read == wanted
            wrong_characters += 0 if read == wanted else _distance(read, wanted)
            characters += len(wanted)
    model.train()
    return {"exact": round(right / len(lines), 5), "character_error": round(wrong_characters / characters, 6)}


def _loss(model: Recogniser, batch: Batch, *, guided: bool) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = model(_strips(batch))
    frames = torch.from_numpy(-(-batch.widths // STRIDE)).clamp(max=scores.shape[1])
    targets, lengths = torch.from_numpy(batch.targets), torch.from_numpy(batch.lengths)
    loss = nn.functional.ctc_loss(
        scores.transpose(0, 1), targets, frames, lengths, reduction="none", zero_infinity=True
    )
    loss = (loss / lengths.clamp(min=1)).mean()
    return loss + _guidance(scores, frames, batch) if guided else loss


def _guidance(scores: Tensor, frames: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy against characters that stand evenly between half a letter of air at either end."""
    wanted = torch.full(scores.shape[:2], -100)
    for row, used, target, length in zip(wanted, frames.tolist(), batch.targets, batch.lengths, strict=True):
        if length:
            row[:used] = 0
            places = ((np.arange(length) + 1) * used / (length + 1)).astype(int)
            row[torch.from_numpy(places)] = torch.from_numpy(target[:length])
    return nn.functional.cross_entropy(scores.reshape(-1, CLASSES), wanted.reshape(-1))


def _strips(batch: Batch) -> Tensor:
    return torch.from_numpy(batch.strips).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def _remember(average: Recogniser, model: Recogniser, memory: float) -> None:
    for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, 1 - memory)
        else:
            kept.copy_(new)


def _best_path(scores: Tensor) -> list[int]:
    best = scores.argmax(1).tolist()
    return [one for place, one in enumerate(best) if one and (place == 0 or best[place - 1] != one)]


def _distance(read: list[int], wanted: list[int]) -> int:
    """Levenshtein's."""
    row = list(range(len(wanted) + 1))
    for number, one in enumerate(read, start=1):
        previous, row[0] = row[0], number
        for place, other in enumerate(wanted, start=1):
            previous, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, previous + (one != other))
    return row[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", type=Path, help="the folder that mrz_training.lines wrote")
    parser.add_argument("out", type=Path, help="recogniser.onnx; what was measured goes beside it")
    parser.add_argument("--steps", type=int, default=3_600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--held-out", type=int, default=1, help="last shards that are only measured on")
    parser.add_argument("--start", type=Path, help="weights (.pt) to go on from, at a lower rate")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    paths = sorted(path for path in options.lines.glob(f"lines-v{VERSION}-*.npz") if ".tmp" not in path.name)
    lines, held_out = Lines(paths[: -options.held_out]), Lines(paths[-options.held_out :])
    print(f"{len(lines)} lines to learn from, {len(held_out)} to measure on", flush=True)
    kept = options.out.with_suffix(".pt")
    model, measured = train(lines, held_out, steps=options.steps, seed=options.seed, kept=kept, start=options.start)
    before = options.start.with_suffix(".json") if options.start else None
    if before is not None and before.is_file():
        measured["before"] = json.loads(before.read_text(encoding="utf-8"))
    export(model, options.out, measured)


if __name__ == "__main__":
    main()
