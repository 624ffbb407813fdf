"""Trains the detector of MRZ lines on generated scenes, measures it, and writes it as ONNX.

    python -m mrz_training.finder --scenes /tmp/scenes --checked /tmp/held --minutes 30 --out finder.onnx

Needs torch and onnx. One core is enough: half an hour with bfloat16 on a processor that has AMX. ``--from`` goes on
from a saved state. Metrics go beside the ONNX file.
"""

import argparse
import json
from pathlib import Path
from time import monotonic
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from mrz_training.finder_net import FinderNet
from torch import Tensor
from torch.nn import functional

_STRIDE: Final = 4
_BATCH: Final = 6
_WINDOWS: Final = ((384, 384), (384, 384), (288, 512), (512, 288), (448, 640))
_RATE: Final = 2.5e-3
Planes = npt.NDArray[np.uint8]


class Scenes:
    """Scenes as :mod:`mrz_training.pages_scene` writes them, cut into windows, turned by quarters, relit."""

    def __init__(self, folder: Path) -> None:
        self.greys = np.load(folder / "grey.npy", mmap_mode="r")
        self.marks = np.load(folder / "labels.npy", mmap_mode="r")
        self.sizes = np.load(folder / "sizes.npy")

    def batch(
        self, picks: npt.NDArray[np.int64], window: tuple[int, int], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        greys = np.empty((len(picks), 1, *window), np.float32)
        marks = np.zeros((len(picks), 4, window[0] // _STRIDE, window[1] // _STRIDE), np.uint8)
        for row, pick in enumerate(picks):
            grey, mark = _turned(self.greys[pick], self.marks[pick], self.sizes[pick], int(rng.integers(4)))
            tops = [
                int(rng.integers(0, max(have - want, 0) // _STRIDE + 1))
                for have, want in zip(grey.shape, window, strict=True)
            ]
            cells = mark[:, tops[0] : tops[0] + window[0] // _STRIDE, tops[1] : tops[1] + window[1] // _STRIDE]
            marks[row, :, : cells.shape[1], : cells.shape[2]] = cells
            seen = grey[tops[0] * _STRIDE :, tops[1] * _STRIDE :][: window[0], : window[1]]
            greys[row, 0] = _padded(_relit(seen, rng), window, float(rng.choice([0.0, 0.5, 1.0])))
        return torch.from_numpy(greys * 2 - 1), torch.from_numpy(marks)


def _turned(grey: Planes, mark: Planes, size: npt.NDArray[np.int32], quarters: int) -> tuple[Planes, Planes]:
    """The scene turned clockwise; its labels' angles turn along."""
    height, width = size
    cells = mark[:, : -(-height // _STRIDE), : -(-width // _STRIDE)]
    # Whole cells only, so that labels stay aligned whichever corner becomes the first.
    grey = grey[: height // _STRIDE * _STRIDE, : width // _STRIDE * _STRIDE]
    cells = cells[:, : grey.shape[0] // _STRIDE, : grey.shape[1] // _STRIDE]
    turned = np.rot90(cells, -quarters, (1, 2)).copy()
    turned[2] += np.uint8(64 * quarters % 256)
    return np.rot90(grey, -quarters), turned


def _relit(grey: Planes, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    light = np.asarray(grey, dtype=np.float32) / 255
    light = light * rng.uniform(0.7, 1.2) + rng.uniform(-0.12, 0.12)
    return np.clip(light, 0, 1)


def _padded(grey: npt.NDArray[np.float32], window: tuple[int, int], tone: float) -> npt.NDArray[np.float32]:
    full = np.full(window, tone, np.float32)
    full[: grey.shape[0], : grey.shape[1]] = grey
    return full


def loss_of(output: Tensor, marks: Tensor) -> Tensor:
    """Cores and MRZ by cross entropy and Dice, directions and heights by distance inside the MRZ."""
    core, zone = marks[:, 0], (marks[:, 1] > 0).float()
    known = ((core == 0) | (core == 255)).float()
    inside = zone / zone.sum().clamp(min=1)
    angle = marks[:, 2].float() * (2 * np.pi / 256)
    away = (output[:, 2] - angle.cos()).abs() + (output[:, 3] - angle.sin()).abs()
    height = (output[:, 4] - (marks[:, 3].float() / 32 - 3)).abs()
    return (
        _mask_loss(output[:, 0], (core == 255).float(), known)
        + _mask_loss(output[:, 1], zone, torch.ones_like(zone))
        + (away * inside).sum()
        + 0.5 * (height * inside).sum()
    )


def _mask_loss(logits: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    weight = known * (1 + 4 * wanted)
    entropy = (functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weight).mean()
    share = logits.sigmoid() * known
    overlap = 2 * (share * wanted).sum() + 1
    return 2 * entropy + 1 - overlap / (share.sum() + (wanted * known).sum() + 1)


def train(net: FinderNet, scenes: Scenes, minutes: float, seed: int) -> int:
    """Trains for about ``minutes``; the learning rate rises, then falls to nothing. How many scenes it saw."""
    rng = np.random.default_rng(seed)
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=0.01)
    start, seen, running = monotonic(), 0, 0.0
    while (share := (monotonic() - start) / 60 / minutes) < 1:
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(share / 0.03 + 0.02, 1.0) * (1 + np.cos(np.pi * share)) / 2
        window = _WINDOWS[int(rng.integers(len(_WINDOWS)))]
        greys, marks = scenes.batch(rng.integers(0, len(scenes.sizes), _BATCH), window, rng)
        with torch.autocast("cpu", torch.bfloat16):
            output = net(greys.contiguous(memory_format=torch.channels_last))
        loss = loss_of(output.float(), marks)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        seen += _BATCH
        running = 0.98 * running + 0.02 * float(loss.detach())
        if seen // _BATCH % 200 == 0:
            print(f"{monotonic() - start:6.0f} s {seen:7d} scenes, loss {running:.3f}", flush=True)
    return seen


@torch.no_grad()
def measure(net: FinderNet, scenes: Scenes) -> dict[str, float]:
    """Overlap of cores and MRZ with the truth, share of MRZ pixels whose direction is right within 20 degrees."""
    net.eval()
    rng = np.random.default_rng(0)
    sums = np.zeros(6)
    for first in range(0, len(scenes.sizes), _BATCH):
        picks = np.arange(first, min(first + _BATCH, len(scenes.sizes)))
        greys, marks = scenes.batch(picks, (640, 640), rng)
        output = net(greys)
        for plane, place in ((0, 0), (1, 2)):
            wanted, known = marks[:, plane] == 255, marks[:, plane] != 128
            found = (output[:, plane] > 0) & known
            sums[place] += float((found & wanted).sum())
            sums[place + 1] += float((found | wanted).sum())
        inside = marks[:, 1] == 255
        angle = marks[:, 2].float() * (2 * np.pi / 256)
        norm = output[:, 2:4].norm(dim=1).clamp(min=1e-6)
        agreement = (output[:, 2] * angle.cos() + output[:, 3] * angle.sin()) / norm
        sums[4] += float((agreement[inside] > np.cos(np.radians(20))).sum())
        sums[5] += float(inside.sum())
    return {"core_overlap": sums[0] / sums[1], "zone_overlap": sums[2] / sums[3], "direction": sums[4] / sums[5]}


class _Probabilities(torch.nn.Module):
    """What the reader runs: masks as probabilities."""

    def __init__(self, net: FinderNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, grey: Tensor) -> Tensor:
        output = self.net(grey)
        return torch.cat([output[:, :2].sigmoid(), output[:, 2:]], dim=1)


def export(net: FinderNet, path: Path) -> float:
    """Writes the network; the largest difference of its answer from torch's on a random picture."""
    whole = _Probabilities(net).eval()
    example = torch.rand(1, 1, 352, 640) * 2 - 1
    torch.onnx.export(
        whole, (example,), str(path), dynamo=False, opset_version=17,
        input_names=["grey"], output_names=["marks"],
        dynamic_axes={"grey": {2: "height", 3: "width"}, "marks": {2: "rows", 3: "columns"}},
    )  # fmt: skip
    onnx.checker.check_model(onnx.load(path))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        wanted = whole(example).numpy()
    return float(np.abs(session.run(None, {"grey": example.numpy()})[0] - wanted).max())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--scenes", type=Path, required=True)
    asked.add_argument("--checked", type=Path, required=True, help="scenes of another seed, to measure with")
    asked.add_argument("--minutes", type=float, default=30)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--from", dest="start", type=Path)
    asked.add_argument("--out", type=Path, required=True)
    options = asked.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    net = FinderNet().to(memory_format=torch.channels_last)
    if options.start:
        net.load_state_dict(torch.load(options.start))
    seen = train(net, Scenes(options.scenes), options.minutes, options.seed)
    torch.save(net.state_dict(), options.out.with_suffix(".pt"))
    metrics = {"scenes_seen": float(seen), **measure(net, Scenes(options.checked))}
    metrics["onnx_difference"] = export(net, options.out)
    options.out.with_suffix(".json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(metrics, indent=2))


if __name__ == "__main__":
    main()
