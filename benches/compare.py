"""Runs harden and its peers on the same files, in turn, and prints what each took as a table of Markdown.

Called by compare.sh. Each round runs every program once, so that all had the machine in the same state; figures are
medians. Wall time is from start to exit, CPU time and peak memory are what the kernel says of the process and its
children. Writes nothing but into a folder of its own.
"""

import argparse
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "shared" / "corpus" / "real"
NAME = re.compile(r"^(docker-)?compose.*\.ya?ml$")


class Program:
    """One way to call a program: what it does, and its words before the files."""

    def __init__(self, name, does, words, takes_many):
        self.name, self.does, self.words, self.takes_many = name, does, words, takes_many


def programs(harden, peers):
    lint, fix, dclint = (peers / path for path in ("bin/compose-lint", "bin/compose-harden", "node_modules/.bin/dclint"))
    return [
        Program("harden", "diff, proved", [harden, "--diff"], True),
        Program("compose-lint fix", "diff", [lint, "fix"], True),
        Program("compose-harden fix", "diff", [fix, "fix", "--dry-run", "--no-audit"], False),
        Program("dclint", "findings", [dclint], True),
    ]


class Cost:
    """What some processes took: seconds, seconds, bytes."""

    def __init__(self, wall=0.0, cpu=0.0, peak=0):
        self.wall, self.cpu, self.peak = wall, cpu, peak

    def __add__(self, other):
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def run(words, folder):
    start = time.perf_counter()
    child = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode < 0 or child.returncode > 2:
        sys.exit(f"{words[0]} ended with {child.returncode}: {told.decode(errors='replace')[-400:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def over(program, files, folder):
    """A program over some files: in one process where it takes several, else in one each."""
    if program.takes_many:
        return run([*program.words, *files], folder)
    return sum((run([*program.words, file], folder) for file in files), Cost())


def measure(all_programs, files, folder, rounds):
    """The median costs of each program, and of each how many times as long as harden it took, round by round."""
    costs = {program: [] for program in all_programs}
    for at in range(rounds + 1):
        for program in all_programs:
            cost = over(program, files, folder)
            if at > 0:  # the first round warms up
                costs[program].append(cost)
    first = costs[all_programs[0]]
    median = lambda values: statistics.median(list(values))
    table = []
    for program, list_of in costs.items():
        ratio = median(cost.wall / own.wall for cost, own in zip(list_of, first))
        middle = Cost(*(median(getattr(cost, what) for cost in list_of) for what in ("wall", "cpu", "peak")))
        table.append((program, middle, ratio))
    return table


def show(title, table, count):
    print(f"\n{title}\n")
    print("| program | does | wall | CPU | peak memory | times harden's wall |")
    print("|---|---|--:|--:|--:|--:|")
    for program, cost, ratio in table:
        per = "" if count == 1 else f" ({cost.wall / count * 1e3:.2f} ms a file)"
        print(f"| {program.name} | {program.does} | {cost.wall * 1e3:.0f} ms{per} | {cost.cpu * 1e3:.0f} ms "
              f"| {cost.peak / 1e6:.0f} MB | {ratio:.1f} |")
    fastest = min(ratio for program, _, ratio in table[1:])
    print(f"\nThe fastest peer takes {fastest:.1f} times as long.")
    return fastest


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, required=True)
    words.add_argument("harden", type=pathlib.Path)
    words.add_argument("peers", type=pathlib.Path)
    given = words.parse_args()
    all_programs = programs(given.harden, given.peers)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; "
          f"medians of {given.rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "stack.yml", f"{folder}/compose.yml")
        one = measure(all_programs, ["compose.yml"], folder, given.rounds)
    show("One file of 60 lines:", one, 1)
    if not CORPUS.is_dir():
        print("\nThe corpus is not beside the crate and was not timed.")
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(CORPUS, f"{folder}/real")
        files = sorted(str(path) for path in pathlib.Path(folder).rglob("*") if path.is_file() and NAME.match(path.name))
        many = measure(all_programs, files, folder, max(1, given.rounds // 7))
    show(f"{len(files)} real files, in one process where the program takes several:", many, len(files))


if __name__ == "__main__":
    main()
