"""Runs harden and two linters of Dockerfiles over the Dockerfiles of the cases, and prints who finds and fixes what.

Called by dockerfiles.sh. Each program runs in the folder of each Dockerfile, as a user would start it there: the context
lies beside it. A pass of harden stands beside the rules that are about the same, by their names. Something is *found* in a
Dockerfile when the program speaks of it, and *fixed* when the program, having written what it writes by itself, does
not speak of it any more. Works on copies.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CASES = pathlib.Path(__file__).resolve().parent.parent / "tests" / "cases"
NAIVE, GOOD, HOSTILE = "build_naive", "build_good", "build_hostile"

# A pass, the rules of hadolint about the same, and those of tally.
PASSES = [
    ("dockerignore", [], []),
    (
        "layer_cleanup",
        ["DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"],
        ["tally/prefer-package-cache-mounts", "tally/ruby/leftover-bundler-cache", "tally/js/node-gyp-cache-mounts"],
    ),
    ("layer_size", ["DL3015"], []),
    ("signals", ["DL3025"], ["buildkit/JSONArgsRecommended", "tally/invalid-json-form"]),
    (
        "build_secrets",
        ["DL3064"],
        ["buildkit/SecretsUsedInArgOrEnv", "tally/secrets-in-code", "tally/require-secret-mounts"],
    ),
    ("image_healthcheck", ["DL3057"], ["hadolint/DL3057", "tally/ruby/healthcheck-rails-up-endpoint"]),
    ("base_image", ["DL3006", "DL3007"], ["hadolint/DL3006", "hadolint/DL3007", "tally/ruby/eol-ruby-version"]),
    ("image_user", ["DL3002"], ["hadolint/DL3002", "tally/final-stage-root", "tally/stateful-root-runtime"]),
    ("layer_order", [], ["tally/ruby/prefer-gemfile-bind-mounts"]),
    ("multi_stage", [], ["tally/prefer-multi-stage-build"]),
]


class Program:
    """A program: what it says of the Dockerfile in a folder, and the ways in which it writes, the bolder one last."""

    name = ""
    writes = []

    def __init__(self, path, home):
        self.path, self.environment = path, {"PATH": os.environ["PATH"], "HOME": home}

    def run(self, words, folder):
        done = subprocess.run(
            [self.path, *words], cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if done.returncode < 0 or done.returncode > 4:
            sys.exit(f"{self.name} ended with {done.returncode} in {folder}: {done.stderr[-400:]}")
        return done

    def said(self, folder):
        """The rules that it names, or None where it cannot read the Dockerfile."""
        raise NotImplementedError


class Harden(Program):
    name = "harden"
    writes = [["--write", "--level", "standard"], ["--write", "--level", "strict"]]

    def run(self, words, folder):
        return super().run(["Dockerfile", *words], folder)

    def said(self, folder):
        done = self.run(["--format", "json"], folder)
        if done.returncode == 2:
            return None
        decisions = [
            decision
            for project in json.loads(done.stdout)["projects"]
            for service in project["services"]
            for decision in service["decisions"]
        ]
        return {it["pass"] for it in decisions if it["outcome"]["kind"] in ("apply", "held_back", "advise")}


class Hadolint(Program):
    name = "hadolint"

    def said(self, folder):
        done = self.run(["--no-fail", "--format", "json", "Dockerfile"], folder)
        rules = {it["code"] for it in json.loads(done.stdout)}
        return None if "DL1000" in rules else rules


class Tally(Program):
    name = "tally"
    words = ["lint", "--no-config", "--context", ".", "--slow-checks", "off"]
    writes = [["--fix"], ["--fix", "--fix-unsafe"]]

    def run(self, words, folder):
        return super().run([*self.words, *words, "Dockerfile"], folder)

    def said(self, folder):
        done = self.run(["--format", "json"], folder)
        if not done.stdout.strip():
            return None
        return {it["rule"] for file in json.loads(done.stdout)["files"] for it in file["violations"]}


def judge(program, folder):
    """What it says of a Dockerfile, and what it still says of what it has made of that, way by way."""
    said = program.said(folder)
    after = []
    for way in program.writes:
        with tempfile.TemporaryDirectory() as scratch:
            copy = pathlib.Path(scratch) / "case"
            shutil.copytree(folder, copy)
            program.run(way, copy)
            after.append(program.said(copy))
    return said, after


def judge_all(programs, folders):
    """For each program its judgements, folder by folder."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return {
            program.name: list(pool.map(lambda folder, program=program: judge(program, folder), folders))
            for program in programs
        }


def cell(judgements, rules, ways):
    """In how many files one of these rules speaks, and in how many of those it is silent afterwards."""
    if not rules:
        return "–"
    found = [after for said, after in judgements if said and said & rules]
    fixed = [sum(1 for after in found if after[way] is not None and not after[way] & rules) for way in range(ways)]
    return " / ".join(str(number) for number in [len(found), *fixed])


def table(programs, judged):
    ways = {program.name: len(program.writes) for program in programs}
    print("| pass | harden | hadolint | tally |")
    print("|---|---|---|---|")
    for name, hadolint, tally in PASSES:
        others = {"hadolint": (hadolint, " ".join(hadolint)), "tally": (tally, " ".join(short(rule) for rule in tally))}
        row = [f"`{name}`", cell(judged["harden"], {name}, ways["harden"])]
        for program, (rules, shown) in others.items():
            told = cell(judged[program], set(rules), ways[program])
            row.append(f"{told}: {shown}" if rules else told)
        print(f"| {' | '.join(row)} |")


def short(rule):
    """A rule of tally, without its namespace where that is its own."""
    return f"`{rule.removeprefix('tally/')}`"


def count(judgements):
    rules = collections.Counter(rule for said, _ in judgements for rule in said or ())
    return ", ".join(f"{rule} {number}" for rule, number in rules.most_common())


def main():
    harden, peers = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch:
        home = pathlib.Path(scratch)
        programs = [
            Harden(harden, str(home)),
            Hadolint(str(peers / "bin/hadolint"), str(home)),
            Tally(str(peers / "bin/tally"), str(home)),
        ]
        groups = {}
        for group in (NAIVE, GOOD, HOSTILE):
            cases = [case for case in sorted((CASES / group).iterdir()) if (case / "Dockerfile").is_file()]
            groups[group] = []
            for case in cases:
                copy = home / group / case.name
                shutil.copytree(case, copy)
                # what only the test is about
                for name in ("input.yml", "args", "expected.diff", "expected.txt"):
                    (copy / name).unlink(missing_ok=True)
                groups[group].append(copy)
        judged = {group: judge_all(programs, folders) for group, folders in groups.items()}
    naive = judged[NAIVE]
    print(f"{len(groups[NAIVE])} Dockerfiles as people write them: found / fixed / fixed when asked for all of it\n")
    table(programs, naive)
    for group in (GOOD, HOSTILE):
        print(f"\n{group}: {len(groups[group])} Dockerfiles")
        for program in programs:
            said = [said for said, _ in judged[group][program.name]]
            unread = sum(1 for rules in said if rules is None)
            print(f"  {program.name}: speaks of {sum(1 for rules in said if rules)}, cannot read {unread}")
            print(f"    {count(judged[group][program.name])}")
    print("\nwhat the others find besides")
    known = {"hadolint": {rule for it in PASSES for rule in it[1]}, "tally": {rule for it in PASSES for rule in it[2]}}
    for name, rules in known.items():
        others = [((said or set()) - rules, after) for said, after in naive[name]]
        print(f"  {name}: {count(others)}")


if __name__ == "__main__":
    main()
