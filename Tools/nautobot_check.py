#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`bessemer cmdb` against a real Nautobot: killed, with the server gone in the middle, resumed, and with somebody else's changes.

Usage: Tools/nautobot_check.py FOLDER BESSEMER

FOLDER is that of `Tools/nautobot start FOLDER`; needs root, openssh-server and util-linux, as Tools/machines does. What it counts, it
counts by requests of its own. Prints a line a check, and ends with 1 where one is wrong.
"""
import json, os, pathlib, shutil, signal, subprocess, sys, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
ADDRESS = f"http://127.0.0.1:{os.environ.get('NAUTOBOT_PORT', '8380')}"


class Check:
    def __init__(self, folder, bessemer):
        self.folder, self.bessemer, self.wrong = folder, str(bessemer.resolve()), 0
        self.here = folder / "check"
        shutil.rmtree(self.here, ignore_errors=True)
        self.here.mkdir()
        token = self.here / "token"
        shutil.copy(folder / "token", token)
        token.chmod(0o600)
        (self.here / "cmdb.yaml").write_text(
            f"targets:\n  - name: nautobot\n    type: nautobot\n    url: {ADDRESS}\n    token-file: token\n")
        self.environment = {**os.environ, "XDG_STATE_HOME": str(self.here / "state"), "BESSEMER_DATA": str(ROOT)}

    def say(self, isRight, words):
        self.wrong += not isRight
        print(f"{'ok' if isRight else 'WRONG':6} {words}", flush=True)

    def run(self, *words):
        return subprocess.run([self.bessemer, *words], cwd=self.here, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)

    def request(self, method, path, body=None):
        request = urllib.request.Request(
            f"{ADDRESS}/api/{path}", method=method, data=body and json.dumps(body).encode(),
            headers={"Authorization": f"Token {(self.folder / 'token').read_text().strip()}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")

    def clear(self):
        """Takes away what earlier checks made; what is defined for all objects stays."""
        for collection in ["virtualization/virtual-machines", "extras/relationship-associations", "dcim/software-versions",
                           "virtualization/clusters"]:
            for found in self.request("GET", f"{collection}/?limit=1000")["results"]:
                self.request("DELETE", f"{collection}/{found['id']}/")

    def machines(self):
        found = self.request("GET", "virtualization/virtual-machines/?limit=1000&depth=1")["results"]
        items = json.loads(self.run("cmdb", "show", "--format", "json").stdout)["items"]
        own = {item["key"] for item in items if item["kind"] in ("lpar", "guest")}
        return [machine for machine in found if machine["custom_fields"].get("bessemer_key") in own], own

    def look(self, count):
        subprocess.run([str(ROOT / "Tools/machines"), "--count", str(count), "--state", str(self.here / "state"),
                        self.bessemer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def plan(self, *words):
        made = self.run("cmdb", "plan", "nautobot", "--output", "plan.json", "--format", "json", *words)
        return made.returncode, json.loads(made.stdout)

    def done(self):
        journals = (self.here / "state/bessemer/cmdb").glob("*.journal")
        return sum(journal.read_text().count(" done\n") for journal in journals)

    def interrupted(self, after, what):
        """An `apply` that goes on until that many operations are done, and then `what` happens."""
        goal = self.done() + after
        process = subprocess.Popen([self.bessemer, "cmdb", "apply", "plan.json"], cwd=self.here, env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and self.done() < goal:
            time.sleep(0.02)
        isRunning = process.poll() is None
        what(process)
        return isRunning, process.wait(timeout=300)

    def server(self, word):
        subprocess.run([str(ROOT / "Tools/nautobot"), word, str(self.folder)], check=True)

    def all(self):
        self.clear()
        self.look(10)
        status, plan = self.plan()
        count = len(plan["operations"])
        self.say(status == 0 and count > 10, f"a plan of {count} operations")
        for number in range(3):
            ran, status = self.interrupted(2, lambda process: process.send_signal(signal.SIGKILL))
            self.say(ran and status == -9, f"killed with {self.done()} done")
        pid = int((self.folder / "server.pid").read_text())
        ran, status = self.interrupted(2, lambda process: os.kill(pid, signal.SIGKILL))
        self.say(ran and status == 1, f"the server gone with {self.done()} done, status {status}")
        self.server("start")
        report = self.run("cmdb", "apply", "plan.json", "--format", "json")
        states = [result["state"] for result in json.loads(report.stdout)["results"]]
        self.say(report.returncode == 0 and states == ["done"] * count, f"resumed: {states.count('done')} of {count} done")
        status, plan = self.plan()
        self.say(status == 0 and not plan["operations"], f"a second plan has {len(plan['operations'])} changes")
        found, own = self.machines()
        self.say(len(found) == len(own) > 0, f"{len(found)} machines there, {len(own)} in the log")
        for _ in range(3):
            self.look(6)
        status, plan = self.plan()
        retired = [operation for operation in plan["operations"] if operation["action"] == "retire"]
        self.say(len(retired) == 3 and len(plan["operations"]) == 3, f"{len(retired)} retired after three sweeps without them")
        self.request("PATCH", f"virtualization/virtual-machines/{retired[0]['identifier']}/", {"status": "Failed"})
        report = self.run("cmdb", "apply", "plan.json", "--format", "json")
        results = json.loads(report.stdout)["results"]
        refused = [result for result in results if result["state"] == "refused"]
        self.say(report.returncode == 1 and len(refused) == 1 and "changed there" in refused[0]["reason"],
                 f"what somebody else changed is refused: {refused[0]['reason'] if refused else 'nothing'}")
        self.plan()
        report = self.run("cmdb", "apply", "plan.json")
        after, _ = self.machines()
        gone = [machine for machine in after if machine["status"]["name"] == "Decommissioning"]
        self.say(report.returncode == 0 and len(after) == len(found) and len(gone) == 3,
                 f"{len(gone)} decommissioned, {len(after)} still there")
        status, plan = self.plan()
        self.say(status == 0 and not plan["operations"], f"the last plan has {len(plan['operations'])} changes")
        token = (self.folder / "token").read_text().strip()
        kept = b"".join(path.read_bytes() for path in (self.here / "state").rglob("*") if path.is_file())
        self.say(token.encode() not in kept and token not in (self.here / "plan.json").read_text(),
                 "the token is in no entry, journal or plan")
        return 1 if self.wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(Check(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])).all())
