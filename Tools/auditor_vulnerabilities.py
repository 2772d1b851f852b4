# SPDX-License-Identifier: Apache-2.0
"""Records of vulnerabilities that nobody found, in the form in which the kernel's CVE authority writes them."""
import json

# No kernel can be without the first; none of s390 has the second.
FILES = {"CVE-2026-0001": "kernel/fork.c", "CVE-2026-0002": "arch/x86/kernel/tsc.c"}


def record(identifier, file):
    product = {"vendor": "Linux", "product": "Linux", "programFiles": [file],
               "repo": "https://git.kernel.org/pub/scm/linux/kernel/git/stable/linux.git"}
    commits = [{"version": "1da177e4c3f41524e886b7f1b8a0c1fc7321cac2", "lessThan": "0" * 40, "status": "affected",
                "versionType": "git"}]
    releases = [{"version": "2.6.12", "status": "affected"},
                {"version": "0", "lessThan": "2.6.12", "status": "unaffected", "versionType": "semver"}]
    return {
        "dataType": "CVE_RECORD", "dataVersion": "5.0",
        "cveMetadata": {"cveID": identifier, "state": "PUBLISHED", "serial": "1",
                        "assignerOrgId": "f4215fc3-5b6b-47ff-a258-f7189bd81038"},
        "containers": {"cna": {
            "title": f"{file}: a trial", "descriptions": [{"lang": "en", "value": f"A trial: {file} has no such defect."}],
            "affected": [{**product, "defaultStatus": "unaffected", "versions": commits},
                         {**product, "defaultStatus": "affected", "versions": releases}]}}}


def records(folder):
    """A folder with a file of each record: of a file that is compiled, and of one that is not."""
    place = folder / "cves"
    place.mkdir(exist_ok=True)
    for identifier, file in FILES.items():
        (place / f"{identifier}.json").write_text(json.dumps(record(identifier, file)))
    return place
