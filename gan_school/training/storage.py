"""Runs on disk: JSON for what was done, safetensors for the numbers, never pickle.

Nothing here knows what a run consists of: every part says itself what it wants to be saved.
"""

from __future__ import annotations

import copy
import hashlib
import json
import platform
import secrets
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from safetensors.torch import save_file

from gan_school import files
from gan_school.checks import check
from gan_school.settings import from_json, to_json
from gan_school.training.player import part_of
from gan_school.training.state import Numbers, Part, TrainingState

T = TypeVar("T")

FORMAT = 3
READABLE = (2, 3)  # format 2 had no checksum, and the players' counts in the text
DESCRIPTION = "run.json"


def save(run: TrainingState, folder: Path) -> Path:
    """See `Run.save`."""
    with files.locked(folder):
        path = folder / DESCRIPTION
        write_both(path, "numbers", state_of(run), _named_by(path), partial(_description, run))
    return folder


def load(folder: Path) -> tuple[dict[str, Any], Numbers]:
    """What a folder holds: the description of the run, and its numbers.

    Raises:
        FileNotFoundError, ValueError: see `Run.load`.
    """
    path = folder / DESCRIPTION
    if not path.is_file():
        raise FileNotFoundError(
            f"no run in {folder}: it has no run.json. Run.save(folder) writes one."
        )

    def understood(about: Any) -> tuple[dict[str, Any], Numbers]:
        _check(about, path)
        return about, _with_counts(about, _numbers(about["numbers"], path))

    return read_both(path, understood, f"{folder} holds a damaged run")


def state_of(run: TrainingState) -> Numbers:
    """Every number of a run that training changes, under one flat name each."""
    states = {name: part.state_dict() for name, part in run.parts().items()}
    flat = {f"{name}.{key}": x for name, state in states.items() for key, x in state.items()}
    # what was loaded for a part that has not come back is not lost
    waiting = {key: x for key, x in run.unclaimed.items() if key.partition(".")[0] not in states}
    return flat | waiting | {"diverged": run.diverged}


def restore(run: TrainingState, about: dict[str, Any], state: Numbers) -> None:
    """Bring a new run to where another one was when it was saved."""
    run.step, run.stopped, run.seconds = about["step"], about["stopped"], about["seconds"]
    run.torn = about.get("torn", False)
    run.changes = list(from_json(about.get("changes", [])))
    run.source = {name: about["data"].get(name) for name in run.source}
    run.fingerprint, run.shape = about["data"]["sha256"], tuple(about["data"]["shape"])
    run.class_count = about["data"].get("classes", 0)
    run.diverged = state["diverged"]
    for name, part in run.parts().items():
        part.load_state_dict(part_of(state, name))
    # observers load theirs again when the run has its data, or once they have come back
    known = (*TrainingState.parts(run), "diverged")
    run.unclaimed = {key: x for key, x in state.items() if key.partition(".")[0] not in known}


def copy_member(population: TrainingState, member: TrainingState, index: int) -> None:
    """Give a single run everything that one member of a population has, except the data."""
    for name in (
        "step",
        "stopped",
        "torn",
        "changes",
        "source",
        "fingerprint",
        "shape",
        "class_count",
    ):
        setattr(member, name, copy.copy(getattr(population, name)))
    member.seconds = population.seconds / len(population)
    member.diverged = population.diverged[index].clone()
    own, parts = member.parts(), population.parts()
    for name, part in parts.items():
        # Copies: who plays a member on must not change the others.
        state = {key: x.clone() for key, x in _of_member(part, index).items()}
        if name in own:
            own[name].load_state_dict(state)
        else:  # an observer that the member does not have yet
            member.unclaimed |= {f"{name}.{key}": x for key, x in state.items()}
    if absent := {key.partition(".")[0] for key in population.unclaimed} - parts.keys():
        warnings.warn(
            f"what {', '.join(sorted(absent))} saved of this population nobody here can divide. To "
            "have it in a member, call run.observe(…) first.",
            stacklevel=3,
        )


def _of_member(part: Part, index: int) -> Numbers:
    """What a part has of one member of a population."""
    if hasattr(part, "state_of_member"):
        return part.state_of_member(index)
    state = part.state_dict()
    for name, x in state.items():
        check(
            x.ndim == 0,
            f"{type(part).__name__} keeps {name!r} of shape {tuple(x.shape)}. Write a method "
            "state_of_member(index), which says what of it belongs to one member of a population.",
        )
    return state


def write_both(
    path: Path, name: str, numbers: Numbers, old: str | None, describe: Callable[[Path], str]
) -> None:
    """Write a description, and the numbers that it describes.

    The numbers go into a file of a new name. Then the description, which names that file, is
    replaced: the one step that makes the new pair the valid one. Whatever fails before leaves the
    old pair.

    Args:
        path: of the description.
        name: the beginning of that of the new file of numbers.
        numbers: what it is to hold.
        old: the file of numbers that was described there before.
        describe: gives the text of the description for the new file.

    Raises:
        OSError: if that cannot be done.
    """
    place = path.with_name(f"{name}-{secrets.token_hex(4)}.safetensors")
    try:
        files.write_atomically(place, lambda part: save_numbers(numbers, part))
        files.write_text(path, describe(place))
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    if old is not None:
        path.with_name(old).unlink(missing_ok=True)


def read_both(path: Path, understand: Callable[[Any], T], damaged: str) -> T:
    """Read a description, and what it describes.

    Args:
        path: of the description.
        understand: makes of it what is wanted.
        damaged: what is said if that cannot be done.

    Raises:
        ValueError: if it cannot.
    """
    while True:
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            return understand(json.loads(text))
        except (ValueError, KeyError, TypeError, OSError, safetensors.SafetensorError) as error:
            if path.read_text(encoding="utf-8", errors="replace") != text:
                time.sleep(0.01)  # somebody is saving: what is there now is new
                continue
            if isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError):
                raise
            raise ValueError(f"{damaged}: {error!r}.") from error


def save_numbers(numbers: Numbers, path: Path) -> None:
    """Write tensors from any device, however they lie in memory.

    Raises:
        OSError: if there is no room for them.
    """
    here = {name: x.detach().cpu().contiguous().clone() for name, x in numbers.items()}
    try:
        save_file(here, path)
    except safetensors.SafetensorError as error:  # which is no OSError, even for a full disk
        raise OSError(f"{path} cannot be written: {error}") from error


def load_numbers(path: Path, digest: str, described: Path) -> Numbers:
    """Read tensors that somebody has described, if these are the ones.

    Raises:
        ValueError: if they are damaged.
        OSError: if the file cannot be read.
    """
    content = path.read_bytes()  # once, so that what is checked is what is used
    check(
        hashlib.sha256(content).hexdigest() == digest,
        f"{path} is damaged: its checksum is not the one in {described.name}.",
    )
    return safetensors.torch.load(content)


def plain_name(name: Any, path: Path) -> str:
    """The name of a file beside another one, if it is no way into other folders.

    Raises:
        ValueError: if it is.
    """
    check(
        isinstance(name, str) and Path(name).name == name and "\\" not in name,
        f"{path} names {name!r} as a file beside it. It was changed, or is damaged.",
    )
    return name


def versions() -> dict[str, str]:
    """What a result may depend on."""
    from gan_school import __version__

    return {
        "gan_school": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


# ------------------------------------------------------------------------------- the description


def _description(run: TrainingState, numbers: Path) -> str:
    """As text, with a checksum of itself at its end."""
    about = {
        "format": FORMAT,
        "recipe": to_json(run.recipe),
        "latent": to_json(run.latent),
        "seeds": to_json(run.seeds),
        "step": run.step,
        "stopped": run.stopped,
        "torn": run.torn,
        "changes": to_json(run.changes),
        "seconds": run.seconds,
        "data": {
            **run.source,
            "shape": list(run.shape),
            "classes": run.class_count,
            "sha256": run.fingerprint,
        },
        "device": str(run.device),
        "work": run.work,
        "versions": versions(),
        "numbers": {"file": numbers.name, "sha256": files.digest(numbers)},
    }
    return json.dumps(about | {"sha256": _seal(about)}, indent=2) + "\n"


def _seal(about: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _check(about: Any, path: Path) -> None:
    """Refuse a description that is none of ours, or that somebody has changed."""
    check(isinstance(about, dict), f"{path} holds a damaged run: it is no description of one.")
    check(
        about.get("format") in READABLE,
        f"{path} has format {about.get('format')}, and this version of gan_school reads format "
        f"{FORMAT}. It was written by gan_school "
        f"{(about.get('versions') or {}).get('gan_school', 'of an unknown version')}.",
    )
    if about["format"] == FORMAT:
        seal = about.pop("sha256", None)
        check(
            seal == _seal(about),
            f"{path} is damaged, or was changed: its checksum is not the one at its end.",
        )
    else:
        warnings.warn(
            f"{path} is from before runs had checksums, so nothing can tell whether it was changed "
            "since. Saving the run again adds one.",
            stacklevel=6,
        )
        _check_old(about, path)


def _check_old(about: dict[str, Any], path: Path) -> None:
    """A description without a checksum: is everything there, and of a kind?"""
    kinds: dict[str, type | tuple[type, ...]] = dict(
        recipe=dict, latent=dict, seeds=(int, list), step=int, seconds=(int, float), data=dict,
        work=(int, float), numbers=dict, generator=dict, discriminator=dict,
    )  # fmt: skip
    wrong = [name for name, kind in kinds.items() if not isinstance(about.get(name), kind)]
    check(not wrong, f"{path} holds a damaged run: {', '.join(wrong)} missing or of no use.")
    steps = about["recipe"].get("steps")
    check(
        isinstance(steps, int) and 0 <= about["step"] <= steps,
        f"{path} holds a damaged run: it is at step {about['step']} of {steps}.",
    )


def _numbers(file: dict[str, str], path: Path) -> Numbers:
    numbers = path.with_name(plain_name(file["file"], path))
    check(numbers.is_file(), f"{path.parent} holds half a run: {numbers.name} is missing.")
    return load_numbers(numbers, file["sha256"], path)


def _named_by(path: Path) -> str | None:
    """The file of numbers of the run that is there, if one is: to be removed after the next."""
    try:
        return plain_name(json.loads(path.read_text(encoding="utf-8"))["numbers"]["file"], path)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _with_counts(about: dict[str, Any], state: Numbers) -> Numbers:
    """The numbers of a run of format 2, with what its description said of the players."""
    if about["format"] == FORMAT:
        return state
    counts = {}
    for who in ("generator", "discriminator"):
        for name in ("updates", "averaged"):
            counts[f"{who}.{name}"] = torch.tensor(about[who][name])
    return state | counts
