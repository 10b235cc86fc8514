"""Runs on disk: JSON for what was done, safetensors for the numbers, never pickle."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import safetensors
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gan_school.networks import Population
from gan_school.settings import from_json, to_json

if TYPE_CHECKING:
    from gan_school.training.player import Player
    from gan_school.training.run import Run

FORMAT = 2


def save(run: Run, folder: Path) -> Path:
    """See `Run.save`.

    The numbers go into a file of a new name. Then `run.json`, which names that file, is replaced:
    the one step that makes the new run the valid one. Whatever fails before leaves the old run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = folder / f"numbers-{uuid.uuid4().hex[:12]}.safetensors"
    draft = folder / f"{numbers.stem}.json"
    try:
        save_file(
            {name: x.detach().cpu().contiguous().clone() for name, x in _state(run).items()},
            numbers,
        )
        _flush(numbers)
        draft.write_text(json.dumps(_description(run, numbers), indent=2) + "\n", encoding="utf-8")
        _flush(draft)
        os.replace(draft, folder / "run.json")
    except BaseException:
        numbers.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)
        raise
    for old in folder.glob("numbers-*"):
        if old != numbers:
            old.unlink()
    return folder


def load(cls: type[Run], folder: Path, device: torch.device) -> Run:
    """See `Run.load`."""
    path = folder / "run.json"
    if not path.exists():
        raise FileNotFoundError(
            f"no run in {folder}: it has no run.json. Run.save(folder) writes one."
        )
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise ValueError(
                f"{path} has format {about['format']}, and this version of gan_school reads format "
                f"{FORMAT}. It was written by gan_school {about['versions']['gan_school']}."
            )
        numbers = folder / about["numbers"]["file"]
        if not numbers.exists():
            raise ValueError(f"{folder} holds half a run: {numbers.name} is missing.")
        if digest(numbers) != about["numbers"]["sha256"]:
            raise ValueError(f"{numbers} is damaged: its checksum is not the one in {path.name}.")
        state = load_file(numbers)
    except (json.JSONDecodeError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise ValueError(f"{folder} holds a damaged run: {error!r}.") from error
    run = cls(
        from_json(about["recipe"]), from_json(about["latent"]), from_json(about["seeds"]), device
    )
    run.step, run.stopped, run.seconds = about["step"], about["stopped"], about["seconds"]
    run.fingerprint, run.shape = about["data"]["sha256"], tuple(about["data"]["shape"])
    run.class_count = about["data"].get("classes", 0)
    run.work = about["work"]
    run.diverged = state["diverged"]
    run.random.load_state_dict(_part(state, "random"))
    run.recorder.load_state_dict(_part(state, "history"))
    run.saved_batches = _part(state, "batches")
    run.saved_watch = _part(state, "watch")
    for name, player in _players(run):
        _load_player(player, _part(state, name), about[name])
    return run


def copy_member(population: Run, member: Run, index: int) -> None:
    """Give a single run everything that one member of a population has, except the data."""
    member.step, member.stopped = population.step, population.stopped
    member.seconds = population.seconds / len(population)
    member.fingerprint, member.shape = population.fingerprint, population.shape
    member.class_count = population.class_count
    member.work = population.work / len(population)
    member.diverged = population.diverged[index]
    batches = _batches(population)
    member.saved_batches = batches | {"order": batches["order"][index]}
    member.recorder.load_state_dict(population.recorder.state_of_member(index))
    if population.watch is not None:
        member.saved_watch = population.watch.state_of_member(index)
    member.random.streams[0].set_state(population.random.streams[index].get_state())
    for (_, source), (_, target) in zip(_players(population), _players(member), strict=True):
        networks: list[tuple[Population, torch.nn.Module]] = [(source.network, target.network)]
        if source.average is not None:
            networks.append((source.average.network, target.average.network))
            target.average.updates = source.average.updates
        for stacked, single in networks:
            single.load_state_dict(stacked.member(index).state_dict())
        target.update = source.update
        state = {
            f"{name}": x[index] if x.ndim else x for name, x in _optimizer_state(source).items()
        }
        _load_optimizer(target, state)


def _players(run: Run) -> Iterable[tuple[str, Player]]:
    return (("generator", run.generator), ("discriminator", run.discriminator))


def _batches(run: Run) -> dict[str, Tensor]:
    """Where a run stands in its data, which it need not have at hand."""
    return run.saved_batches if run.data is None else run.batches.state_dict()


def _state(run: Run) -> dict[str, Tensor]:
    """Every number of a run that training changes, under one flat name each."""
    parts = {
        "random": run.random.state_dict(),
        "history": run.recorder.state_dict(),
        "batches": _batches(run),
        "watch": run.saved_watch if run.watch is None else run.watch.state_dict(),
    }
    for name, player in _players(run):
        parts[f"{name}.network"] = player.network.state_dict()
        parts[f"{name}.optimizer"] = _optimizer_state(player)
        if player.average is not None:
            parts[f"{name}.average"] = player.average.network.state_dict()
    flat = {f"{part}.{key}": x for part, state in parts.items() for key, x in state.items()}
    return flat | {"diverged": run.diverged}


def _load_player(player: Player, state: dict[str, Tensor], counts: dict[str, int]) -> None:
    player.network.load_state_dict(_part(state, "network"))
    player.update = counts["updates"]
    if player.average is not None:
        player.average.network.load_state_dict(_part(state, "average"))
        player.average.updates = counts["averaged"]
    _load_optimizer(player, _part(state, "optimizer"))


def _optimizer_state(player: Player) -> dict[str, Tensor]:
    """Names are `number of the parameter`.`name of the quantity`."""
    state = player.optimizer.state_dict()["state"]
    return {
        f"{i}.{name}": x
        for i, values in state.items()
        for name, x in values.items()
        if isinstance(x, Tensor)
    }


def _load_optimizer(player: Player, flat: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, x in flat.items():
        i, _, name = key.partition(".")
        like = player.parameters[int(i)]
        # A fused optimiser goes through memory as it lies: its numbers must lie as the weights do.
        x = torch.empty_like(like).copy_(x) if x.shape == like.shape else x
        state.setdefault(int(i), {})[name] = x
    groups = player.optimizer.state_dict()["param_groups"]
    player.optimizer.load_state_dict({"state": state, "param_groups": groups})


def _description(run: Run, numbers: Path) -> dict:
    return {
        "format": FORMAT,
        "recipe": to_json(run.recipe),
        "latent": to_json(run.latent),
        "seeds": to_json(run.seeds),
        "step": run.step,
        "stopped": run.stopped,
        "seconds": run.seconds,
        "data": {
            "name": run.data.name if run.data is not None else None,
            "samples": len(run.data) if run.data is not None else None,
            "shape": list(run.shape),
            "classes": run.class_count,
            "sha256": run.fingerprint,
        },
        **{
            name: {
                "updates": player.update,
                "averaged": player.average.updates if player.average is not None else 0,
            }
            for name, player in _players(run)
        },
        "device": str(run.device),
        "work": run.work,
        "versions": versions(),
        "numbers": {"file": numbers.name, "sha256": digest(numbers)},
    }


def versions() -> dict[str, str]:
    """What a result may depend on."""
    from gan_school import __version__

    return {
        "gan_school": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def _part(state: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    prefix = f"{name}."
    return {key.removeprefix(prefix): x for key, x in state.items() if key.startswith(prefix)}


def digest(path: Path) -> str:
    """The SHA-256 checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Wait until a file is on the disk, not only on its way there."""
    with path.open("rb+") as file:  # Windows flushes only what may be written to
        os.fsync(file.fileno())
