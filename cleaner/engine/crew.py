"""Worker processes under watch: tasks go out, answers come back; a worker that dies, hangs or swells is replaced and its task taken up again.

A task works on records one by one and says at each where it stands (its pulse). Who is to blame for a death is found by trying again: first
more carefully, then from the suspected record on; what kills a worker first thing is left out for good, with the reason, and the trial goes on
behind it. So all poison records of a task are found in one pass, and the task itself is done once more.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from cleaner.config import READ, RUN
from cleaner.errors import CleanerError

READING, WORKING = 0, 1  # phases: waiting for the next record of an item, working on a record
Place = tuple[int, int, int]  # phase, item of the shard (0 while working), record of the shard; all from 0
NOWHERE: Place = (WORKING, 0, -1)
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_BEATS = 5
_TICKS = os.sysconf("SC_CLK_TCK")
_DEATH_SIGNAL = 1  # prctl(PR_SET_PDEATHSIG): an orphan must not write into the folder of the next run
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt


@dataclass(frozen=True, slots=True)
class Care:
    """How a task is to be taken up: places to leave out with the reason, records one by one (`careful`), as a trial from a record on (`since`).

    A trial writes nothing; -1 is none. `suspects` are the places of deaths since the last record was found to blame.
    """

    left_out: Mapping[Place, str] = field(default_factory=dict)
    careful: bool = False
    since: int = -1
    suspects: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A step and its arguments; it is called with the crew's equipment, the arguments, its care and a pulse."""

    step: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    care: Care = Care()
    bounded: bool = True  # whether the limits on time and memory of one record hold


@dataclass(frozen=True, slots=True)
class Death:
    """Where a worker was when it ended, why, and whether that alone convicts the record."""

    place: Place
    reason: str
    certain: bool = False


class Pulse:
    """Where a worker stands: phase, item, record, and since when by wall clock and by its CPU clock (shared memory of five doubles)."""

    __slots__ = ("_beats",)

    def __init__(self, beats: Any) -> None:
        self._beats = beats

    def beat(self, place: Place) -> None:
        """A record begins."""
        self._beats[3], self._beats[4] = time.monotonic(), time.process_time()
        self._beats[0], self._beats[1], self._beats[2] = place

    def read(self) -> tuple[Place, float, float]:
        """Place, start on the wall clock and on the worker's CPU clock (seconds)."""
        phase, item, record, wall, cpu = (self._beats[at] for at in range(_BEATS))
        return (int(phase), int(item), int(record)), wall, cpu


@dataclass(slots=True)
class _Worker:
    process: Any
    link: Connection
    pulse: Pulse
    task: Task | None = None
    warned: Place | None = None


def _serve(link: Connection, pulse: Pulse, equipment: Any, parent: int) -> None:
    """The life of a worker: tasks until there are none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_DEATH_SIGNAL, signal.SIGKILL)
        if hasattr(system, "mallopt"):  # glibc: by itself it gives the arrays of a batch back and is given them anew, page by page, for the next
            system.mallopt(_TRIM_THRESHOLD, RUN.kept_bytes)
            system.mallopt(_MMAP_THRESHOLD, RUN.kept_bytes // 2)
    while os.getppid() == parent:
        try:
            task = link.recv()
        except EOFError:
            return
        if task is None:
            return
        pulse.beat(NOWHERE)
        try:
            answer = (True, task.step(equipment, *task.arguments, task.care, pulse))
        except Exception as error:  # told to the parent, which raises it
            answer = (False, error)
        link.send(answer)


class Crew:
    """Some workers that carry out tasks; `equipment` is what every step is given first."""

    def __init__(self, workers: int, equipment: Any) -> None:
        self._context: Any = multiprocessing.get_context(RUN.start_method if sys.platform == "linux" else "spawn")
        self._equipment = equipment
        self._wanted = workers
        self._workers: list[_Worker] = []
        self.deaths: list[str] = []  # why workers were lost, for the user

    def each(self, tasks: Sequence[Task], polled: Callable[[int], None] | None = None) -> Iterator[tuple[Task, Any]]:
        """Carry out tasks, yield each with its answer as it is done; what a step raises is raised here.

        `polled` is told some times a second how many records the tasks under way have seen.
        """
        waiting = deque(tasks)
        while waiting or any(worker.task for worker in self._workers):
            self._hand_out(waiting)
            for task, done, answer in self._listen():
                if isinstance(answer, Death):
                    waiting.appendleft(revised(task, answer))
                elif not done:
                    raise answer
                elif task.care.since >= 0:  # the trial came to its end: nothing more kills a worker
                    waiting.appendleft(replace(task, care=replace(task.care, since=-1)))
                else:
                    yield task, answer
            if polled:
                polled(sum(max(0, worker.pulse.read()[0][2]) for worker in self._workers if worker.task))

    def _hand_out(self, waiting: deque[Task]) -> None:
        for worker in self._workers:
            if waiting and worker.task is None:
                self._give(worker, waiting.popleft())
        while waiting and len(self._workers) < self._wanted:
            self._workers.append(self._hired())
            self._give(self._workers[-1], waiting.popleft())

    def _hired(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        forked = self._context.get_start_method() == "fork"  # memory without a file: it needs no room on any disk
        pulse = Pulse(memoryview(mmap.mmap(-1, 8 * _BEATS)).cast("d") if forked else self._context.RawArray("d", _BEATS))
        process = self._context.Process(target=_serve, args=(theirs, pulse, self._equipment, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, pulse)

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task, worker.warned = task, None
        worker.pulse.beat(NOWHERE)
        with contextlib.suppress(BrokenPipeError):  # it died idle: seen at the next look
            worker.link.send(task)

    def _listen(self) -> Iterator[tuple[Task, bool, Any]]:
        """(task, whether it was done, its answer or error or the death of its worker) for all that happened in a moment."""
        busy = [worker for worker in self._workers if worker.task]
        heard = set(wait([worker.link for worker in busy], RUN.watch_seconds))
        for worker in busy:
            task = worker.task
            assert task is not None
            if worker.link in heard:
                try:
                    done, answer = worker.link.recv()
                except (EOFError, OSError):
                    yield task, False, self._bury(worker, None)
                    continue
                worker.task = None
                yield task, done, answer
            elif task.bounded:
                excess = _excess(worker)
                if excess:
                    yield task, False, self._bury(worker, excess)

    def _bury(self, worker: _Worker, excess: Death | None) -> Death:
        place = worker.pulse.read()[0]
        if excess:
            worker.process.kill()
        worker.process.join()
        worker.link.close()
        self._workers.remove(worker)
        death = excess or Death(place, f"crash: the worker process ended by {_ending(worker.process.exitcode)} on this record")
        self.deaths.append(death.reason)
        return death

    def dismiss(self) -> None:
        """Let all workers go, the idle ones too: the memory of a reduction goes with them."""
        for worker in self._workers:
            with contextlib.suppress(OSError):
                worker.link.send(None)
            worker.link.close()
        for worker in self._workers:
            worker.process.join()
        self._workers = []

    def close(self) -> None:
        """End all workers at once, whatever they do."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.link.close()
        self._workers = []


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {-code} ({signal.Signals(-code).name})"
    return f"exit code {code}"


def revised(task: Task, death: Death) -> Task:
    """The task as it is taken up after a death. Raises CleanerError where no record is to blame, or too many are."""
    care = task.care
    phase, _, record = death.place
    if record < 0 or len(care.suspects) >= RUN.suspects:
        if len(care.suspects) >= (RUN.suspects if record >= 0 else RUN.attempts):
            raise CleanerError(f"workers die again and again ({death.reason}); run again with fewer --jobs, or report this as a bug")
        return replace(task, care=replace(care, suspects=(*care.suspects, death.place)))
    working = phase == WORKING
    if (death.certain and care.careful) or (working and care.since == record) or (not working and death.place in care.suspects):
        left_out = {**care.left_out, death.place: death.reason}
        return replace(task, care=Care(left_out, careful=True, since=record + 1 if working else -1))
    trial = record if care.careful and working else -1
    return replace(task, care=replace(care, careful=True, since=trial, suspects=(*care.suspects, death.place)))


def _excess(worker: _Worker) -> Death | None:
    """What limit the worker's present record breaks, None if none; seen twice at the same place, so that no torn reading convicts."""
    place, wall, cpu = worker.pulse.read()
    if place[2] < 0:
        return None
    reason, certain = "", False
    used, held = _used(worker.process.pid)
    if used - cpu > READ.record_seconds:
        reason, certain = f"too_slow: more than {READ.record_seconds:.0f} s of CPU time on one record", True
    elif time.monotonic() - wall > READ.record_wall_seconds:
        reason = f"too_slow: more than {READ.record_wall_seconds:.0f} s on one record"
    elif held > RUN.worker_bytes:
        reason = f"too_large: more than {RUN.worker_bytes // 1_000_000} MB of memory on one record"
    seen, worker.warned = worker.warned, place if reason else None
    return Death(place, reason, certain) if reason and seen == place else None


def _used(pid: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of a process; zeros where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            fields = stream.read().rpartition(b")")[2].split()
    except OSError:
        return 0.0, 0
    return (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * _PAGE_BYTES
