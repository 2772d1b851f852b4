// SPDX-License-Identifier: Apache-2.0
import Host
import SystemPackage
import TestSupport
import Testing

@testable import Rollback

/// install and uninstall, killed before each of the programs that they run.
@Suite(.integration) struct InterruptionTests {
    /// Runs `$1` again and again on a copy of the machine, killed with its Nth program, and looks at the boot record each
    /// time; then uninstall has to put every byte back. `$2` is the machine's folder, `$3` what is installed before.
    private static let driver = #"""
        script=$1 folder=$2 prepare=$3
        look() { find . ! -path './run/bessemer.*' | sort | while read -r f; do stat -c '%n %f' "$f"; done; cat etc/zipl.conf 2>/dev/null; }
        intact() {
            while read -r number files; do
                for file in $files; do
                    [ -e "$file" ] || [ -e "$BESSEMER_ROOT$file" ] || echo "$script killed at $N: the boot record leads to $file, which is gone"
                done
            done <"$LOG.record"
        }
        echo 0 >"$folder/count"
        cp -a "$folder/root" "$folder/pristine"
        cp "$LOG.record" "$folder/record"
        for name in cp mv rm mkdir chmod ln rmdir mktemp depmod sync zipl; do
            real=$(PATH=${PATH#*:} command -v "$name")
            if [ "$name" = zipl ] || [ "$name" = sync ] || [ "$name" = depmod ]; then
                mv "$folder/programs/$name" "$folder/$name.real"
                real=$folder/$name.real
            fi
            printf '#!/bin/sh\nn=$(($(cat "%s") + 1)); echo $n >"%s"\n[ "$n" != "${KILL:-0}" ] || { kill -9 $PPID; exit 1; }\nexec %s "$@"\n' \
                "$folder/count" "$folder/count" "$real" >"$folder/programs/$name"
            /bin/chmod 755 "$folder/programs/$name"
        done
        (cd "$folder/pristine" && look >"$folder/expected")
        N=0
        while :; do
            N=$((N + 1))
            /bin/rm -rf "$folder/root"
            /bin/cp -a "$folder/pristine" "$folder/root"
            /bin/cp "$folder/record" "$LOG.record"
            echo 0 >"$folder/count"
            if [ -n "$prepare" ]; then KILL=0 sh "$folder/plan/$prepare" >/dev/null 2>&1 || { echo "$prepare failed"; exit 1; }; fi
            echo 0 >"$folder/count"
            KILL=$N sh "$folder/plan/$script" >"$folder/said" 2>&1
            made=$(cat "$folder/count")
            intact
            if [ -e "$BESSEMER_ROOT/var/lib/bessemer-rollback" ]; then
                KILL=0 sh "$folder/plan/uninstall" >"$folder/said" 2>&1 || { echo "after $script killed at $N: uninstall failed"; cat "$folder/said"; }
            else
                KILL=0 sh "$folder/plan/uninstall" >/dev/null 2>&1
            fi
            intact
            (cd "$folder/root" && look) | cmp -s - "$folder/expected" || { echo "after $script killed at $N: not as before"; (cd "$folder/root" && look) | diff - "$folder/expected"; }
            [ "$made" -ge "$N" ] || break
        done
        echo "$N points"
        """#

    @Test(arguments: [
        (MachineFolder.Menu.etc, "install"), (.etc, "uninstall"), (.entries, "uninstall"),
        (.entries, "sbin/bessemer-promote"),
    ])
    func `wherever it is killed, the disk starts, and uninstall puts everything back`(
        menu: MachineFolder.Menu, script: String
    ) async throws {
        try await withTemporaryFolder { folder in
            let machine = try MachineFolder(folder, menu: menu)
            try machine.runningBaseline()
            let outcome = try await machine.driver(
                Self.driver, [script, folder.string, script == "install" ? "" : "install"])
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.count == 1 && outcome.succeeded, "\(outcome.output)\n\(outcome.error)")
            let points = lines.last.flatMap { Int($0.prefix { $0 != " " }) } ?? 0
            #expect(points > (script == "install" ? 60 : script == "uninstall" ? 15 : 8), "\(points)")
        }
    }
}
