"""Trains the detector of MRZ lines on generated scenes, measures it, and writes it as ONNX.

    PYTHONPATH=devices/src:tools python -m mrz_training.pages_scene --count 8000 --seed 1 --out /tmp/scenes
    PYTHONPATH=devices/src:tools python -m mrz_training.pages_scene --count 200 --seed 9001 --out /tmp/held
    cd tools
    python -m mrz_training.finder --scenes /tmp/scenes --checked /tmp/held --steps 4000 --seed 1 --out first.onnx
    python -m mrz_training.finder --scenes /tmp/scenes --checked /tmp/held --steps 6000 --seed 3 --from first.pt \\
        --out finder.onnx

Needs torch, onnx and onnxruntime. One core is enough: about 0.14 CPU seconds a step with bfloat16 on a processor that
has AMX. Metrics go beside the ONNX file.

The weights that are shipped were made by these two stages, but the first ran on 7,000 scenes (seed 1) of an earlier
generator, which drew no strips and compressed no shrunken pictures, with half the weight on directions and every
scene picked alike. So the commands give a network of the same kind, not the same bytes.
"""

import argparse
import json
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from mrz_training.finder_net import CORE, DIRECTIONS, FIRST_DIRECTION, HEIGHT, STRIDE, ZONE, FinderNet, Marks
from torch import Tensor
from torch.nn import functional

_BATCH: Final = 8
_WINDOWS: Final = ((256, 256), (256, 384), (384, 256), (192, 512), (320, 320))
_LATE_WINDOWS: Final = ((384, 384), (288, 640), (448, 448), (640, 384))
"""The last quarter of the training sees more of a picture at once."""
_AIMED: Final = 0.75
"""Share of windows that show some of an MRZ, where the scene has one."""
_STRIPS: Final = 0.35
_RATE: Final = 3e-3
_REPORT: Final = 100
Planes = npt.NDArray[np.uint8]


class Scenes:
    """Scenes as :mod:`mrz_training.pages_scene` writes them, cut into windows, turned by quarters, relit.

    All are held in memory, trimmed to their size: pages of a mapped file that are needed at random come too slowly.
    """

    def __init__(self, folder: Path) -> None:
        greys = np.load(folder / "grey.npy", mmap_mode="r")
        marks = np.load(folder / "labels.npy", mmap_mode="r")
        # Whole cells only, so that labels stay aligned whichever corner becomes the first.
        self._cells = np.load(folder / "sizes.npy") // STRIDE
        self._scenes = [
            (greys[row, : height * STRIDE, : width * STRIDE].copy(), marks[row, :, :height, :width].copy())
            for row, (height, width) in enumerate(self._cells)
        ]

        self._strips = np.flatnonzero(self._cells[:, 1] > 2 * self._cells[:, 0])

    def __len__(self) -> int:
        return len(self._scenes)

    def picks(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Which scenes come next: strips, where letters are large and tell up from down, oftener than they occur."""
        chosen = rng.integers(0, len(self), count)
        if len(self._strips):
            strips = rng.random(count) < _STRIPS
            chosen[strips] = rng.choice(self._strips, int(strips.sum()))
        return chosen

    def batch(
        self, picks: npt.NDArray[np.int64], window: tuple[int, int], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """N x 1 x window (-1 to 1) and the labels of :func:`mrz_training.pages_scene.labels`."""
        rows, columns = (length // STRIDE for length in window)
        greys = np.empty((len(picks), 1, *window), np.float32)
        marks = np.zeros((len(picks), 4, rows, columns), np.uint8)
        for row, pick in enumerate(picks):
            quarters = int(rng.integers(4))
            grey, mark = _turned(*self._scenes[pick], quarters & 2 if pick in self._strips else quarters)
            top, left = _corner(mark[1], (rows, columns), rng)
            cells = mark[:, top : top + rows, left : left + columns]
            marks[row, :, : cells.shape[1], : cells.shape[2]] = cells
            seen = grey[top * STRIDE :, left * STRIDE :][: window[0], : window[1]]
            greys[row, 0] = _padded(_relit(seen, rng), window, float(rng.choice([0.0, 0.5, 1.0])))
        return torch.from_numpy(greys * 2 - 1), torch.from_numpy(marks)


def _corner(zone: Planes, cells: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    """The upper left cell of a window that is wholly in the picture where it can be."""
    spare = [max(have - want, 0) for have, want in zip(zone.shape, cells, strict=True)]
    marked = np.argwhere(zone) if rng.random() < _AIMED else np.empty((0, 2), np.int64)
    if not len(marked):
        return int(rng.integers(spare[0] + 1)), int(rng.integers(spare[1] + 1))
    aim = marked[rng.integers(len(marked))]
    top, left = (
        int(np.clip(at - rng.integers(want), 0, most)) for at, want, most in zip(aim, cells, spare, strict=True)
    )
    return top, left


def _turned(grey: Planes, mark: Planes, quarters: int) -> tuple[Planes, Planes]:
    """The scene turned clockwise; its labels' angles turn along."""
    turned = np.rot90(mark, -quarters, (1, 2)).copy()
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
    """Cores and MRZ by cross entropy and Dice; inside the MRZ directions by cross entropy, heights by distance."""
    core, zone = marks[:, 0], (marks[:, 1] > 0).float()
    known = ((core == 0) | (core == 255)).float()
    inside = zone / zone.sum().clamp(min=1)
    away = -(_shares(marks[:, 2]) * output[:, FIRST_DIRECTION:].log_softmax(dim=1)).sum(dim=1)
    height = (output[:, HEIGHT] - (marks[:, 3].float() / 32 - 3)).abs()
    return (
        _mask_loss(output[:, CORE], (core == 255).float(), known)
        + _mask_loss(output[:, ZONE], zone, torch.ones_like(zone))
        + (away * inside).sum()
        + 0.5 * (height * inside).sum()
    )


def _shares(angle: Tensor) -> Tensor:
    """Angles in 256ths of a turn as shares of the two nearest classes."""
    place = angle.float() * (DIRECTIONS / 256)
    classes = torch.arange(DIRECTIONS)[None, :, None, None]
    distance = (place[:, None] - classes).abs()
    return (1 - torch.minimum(distance, DIRECTIONS - distance)).clamp(min=0)


def _mask_loss(logits: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    weight = known * (1 + 4 * wanted)
    entropy = (functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weight).mean()
    share = logits.sigmoid() * known
    overlap = 2 * (share * wanted).sum() + 1
    return 2 * entropy + 1 - overlap / (share.sum() + (wanted * known).sum() + 1)


def train(net: FinderNet, scenes: Scenes, steps: int, seed: int) -> None:
    """The learning rate rises, then falls to nothing. The same seed sees the same windows."""
    rng = np.random.default_rng(seed)
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=0.01)
    recent: list[float] = []
    for step in range(steps):
        share = step / steps
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(share / 0.04 + 0.02, 1.0) * (1 + np.cos(np.pi * share)) / 2
        windows = _WINDOWS if share < 0.75 else _LATE_WINDOWS
        window = windows[int(rng.integers(len(windows)))]
        greys, marks = scenes.batch(scenes.picks(_BATCH, rng), window, rng)
        with torch.autocast("cpu", torch.bfloat16):
            output = net(greys.contiguous(memory_format=torch.channels_last))
        loss = loss_of(output.float(), marks)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        recent.append(float(loss.detach()))
        if (step + 1) % _REPORT == 0:
            print(
                f"step {step + 1:6d}, {process_time():6.0f} CPU s, loss {np.mean(recent[-_REPORT:]):.3f}", flush=True
            )


@torch.no_grad()
def measure(net: FinderNet, scenes: Scenes) -> dict[str, float]:
    """Overlap of cores and MRZ with the truth, share of MRZ pixels whose direction is right within 30 degrees."""
    marks_of = Marks(net).eval()
    rng = np.random.default_rng(0)
    sums = np.zeros(6)
    for first in range(0, len(scenes), _BATCH):
        greys, marks = scenes.batch(np.arange(first, min(first + _BATCH, len(scenes))), (640, 640), rng)
        output = marks_of(greys)
        for plane, place in ((0, 0), (1, 2)):
            wanted, known = marks[:, plane] == 255, marks[:, plane] != 128
            found = (output[:, plane] > 0.5) & known
            sums[place] += float((found & wanted).sum())
            sums[place + 1] += float((found | wanted).sum())
        inside = marks[:, 1] == 255
        angle = marks[:, 2].float() * (2 * np.pi / 256)
        agreement = output[:, 2] * angle.cos() + output[:, 3] * angle.sin()
        right = agreement > np.cos(np.radians(30)) * output[:, 2:4].norm(dim=1)
        sums[4] += float(right[inside].sum())
        sums[5] += float(inside.sum())
    return {"core_overlap": sums[0] / sums[1], "zone_overlap": sums[2] / sums[3], "direction": sums[4] / sums[5]}


def export(net: FinderNet, path: Path) -> float:
    """Writes the network; the largest difference of its answer from torch's on a random picture."""
    whole = Marks(net).eval()
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
    asked.add_argument("--steps", type=int, default=6000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--from", dest="start", type=Path)
    asked.add_argument("--out", type=Path, required=True)
    options = asked.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    net = FinderNet().to(memory_format=torch.channels_last)
    if options.start:
        net.load_state_dict(torch.load(options.start))
    train(net, Scenes(options.scenes), options.steps, options.seed)
    torch.save(net.state_dict(), options.out.with_suffix(".pt"))
    metrics = {"steps": float(options.steps), **measure(net, Scenes(options.checked))}
    metrics["onnx_difference"] = export(net, options.out)
    options.out.with_suffix(".json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(metrics, indent=2))


if __name__ == "__main__":
    main()
