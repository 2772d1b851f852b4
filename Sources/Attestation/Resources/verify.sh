#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks a bundle of evidence without Bessemer and without a network. README beside this file says what each level
# checks, and how to check by hand: this script came with the bundle, so it is not a witness for it.
set -u
export LC_ALL=C
statement_type='https://in-toto.io/Statement/v1'
bundle_type='urn:bessemer:predicate:bundle:v1'
payload_type='application/vnd.in-toto+json'
payload_pattern='application/vnd[.]in-toto[+]json'
# The statement can't name itself, nor a time stamp of its own signature.
outside='bundle\.dsse\.json|bundle\.tsr'
name_set='A-Za-z0-9._+@~:=,-'

usage() {
    [ $# -eq 0 ] || echo "verify: $*" >&2
    cat >&2 <<'END'
usage: verify.sh --key KEY.pem [OPTION…] [DIR]
  --key FILE           the producer's public key (Ed25519, PEM), from elsewhere than the bundle
  --ml-dsa-key FILE    the producer's second public key (ML-DSA-65, PEM), for the second signature of the bundle
  --approver-key FILE  a public key that waivers and approvals may be signed with; more than once
  --log-key FILE       the public key of the evidence log
  --level 0|1|2        0: digests and the bundle's signature, with coreutils and openssl (default)
                       1: and every statement and document, with Python packages (requirements.txt)
                       2: and cosign, sigsum-verify, openssl ts, trestle
  --schemas DIR        schema files of SPDX, SARIF and OpenVEX (level 1)
  --tsa-ca FILE        certificates of the time-stamping authority, PEM (level 2)
  --python PROGRAM     Python with the packages of requirements.txt (default: python3)
  --trestle PROGRAM    of compliance-trestle (default: trestle)
exit status: 0 all is right, 1 something is wrong, 2 bad usage or a missing tool,
             3 without --key: nothing is altered by accident, authenticity unknown
END
    exit 2
}

ok() { echo "ok           $*"; }
failed() {
    echo "FAILED       $*"
    wrong=$((wrong + 1))
}
unchecked() {
    echo "not checked  $*"
    skipped=$((skipped + 1))
}

key='' second_key='' log_key='' level=0 schemas='' authority='' python=python3 trestle=trestle folder=''
wrong=0 skipped=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
: >"$work/approvers"
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac }
while [ $# -gt 0 ]; do
    case $1 in
    --key | --ml-dsa-key | --approver-key | --log-key | --level | --schemas | --tsa-ca | --python | --trestle)
        [ $# -gt 1 ] || usage "$1 needs a value"
        case $1 in
        --key)
            [ -z "$key" ] || usage "--key is given twice"
            key=$(absolute "$2")
            ;;
        --ml-dsa-key) second_key=$(absolute "$2") ;;
        --approver-key) absolute "$2" >>"$work/approvers" ;;
        --log-key) log_key=$(absolute "$2") ;;
        --level) level=$2 ;;
        --schemas) schemas=$(absolute "$2") ;;
        --tsa-ca) authority=$(absolute "$2") ;;
        --python) python=$2 ;;
        --trestle) trestle=$2 ;;
        esac
        shift 2
        ;;
    --help) usage ;;
    -*) usage "unknown option $1" ;;
    *)
        [ -z "$folder" ] || usage "more than one folder"
        folder=$1
        shift
        ;;
    esac
done
case $level in 0 | 1 | 2) ;; *) usage "--level is 0, 1 or 2" ;; esac
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 2

need() { command -v "$1" >/dev/null || {
    echo "verify: $1 is not installed" >&2
    exit 2
}; }
for tool in base64 cat cmp comm cut find grep head od openssl sed sha256sum sha512sum sort tail tee tr wc xargs; do need "$tool"; done
case $(openssl version) in
'OpenSSL '[3-9]*) ;;
*)
    echo "verify: openssl 3 or later is needed" >&2
    exit 2
    ;;
esac
[ "$level" -lt 1 ] || need "$python"
if [ "$level" = 2 ]; then
    need cosign
    need sigsum-verify
fi

# raw FILE: the 32 bytes of an Ed25519 public key, hexadecimal.
raw() {
    [ -f "$1" ] || {
        echo "verify: $1 is not there" >&2
        exit 2
    }
    openssl pkey -pubin -in "$1" -outform DER 2>"$work/error" | od -An -v -tx1 | tr -d ' \n' >"$work/der"
    grep -Eqx '302a300506032b6570032100[0-9a-f]{64}' "$work/der" || {
        echo "verify: $1 is not a public key of Ed25519 in PEM form" >&2
        exit 2
    }
    cut -c 25- "$work/der"
}
# keyid HEX: the name of a key in envelopes, as securesystemslib computes it.
keyid() {
    printf '{"keytype":"ed25519","keyval":{"public":"%s"},"scheme":"ed25519"}' "$1" | sha256sum | cut -c 1-64
}
# ml_dsa_der FILE: an ML-DSA-65 public key in DER (RFC 9881), as der; openssl before 3.5 does not read one.
ml_dsa_der() {
    [ -f "$1" ] || {
        echo "verify: $1 is not there" >&2
        exit 2
    }
    sed -n '/^-----BEGIN PUBLIC KEY-----$/,/^-----END PUBLIC KEY-----$/{/^-----/!p;}' "$1" 2>/dev/null | tr -d '\n' |
        base64 -d >"$work/der" 2>/dev/null
    od -An -v -tx1 "$work/der" | tr -d ' \n' |
        grep -Eqx '308207b2300b0609608648016503040312038207a100[0-9a-f]{3904}' || {
        echo "verify: $1 is not a public key of ML-DSA-65 in PEM form" >&2
        exit 2
    }
}
producer='' log_raw='' second_identifier=''
if [ -n "$key" ]; then
    producer=$(raw "$key") || exit 2
fi
if [ -n "$second_key" ]; then
    [ -n "$key" ] || usage "--ml-dsa-key goes with --key"
    ml_dsa_der "$second_key"
    second_fingerprint=$(sha256sum <"$work/der" | cut -c 1-64)
    second_identifier=$(printf '{"keytype":"ml-dsa-65","keyval":{"public":"%s"},"scheme":"ml-dsa-65"}' \
        "$(tail -c 1952 "$work/der" | od -An -v -tx1 | tr -d ' \n')" | sha256sum | cut -c 1-64)
fi
if [ -n "$log_key" ]; then
    log_raw=$(raw "$log_key") || exit 2
fi
cd -- "${folder:-$here}" || exit 2

finish() {
    if [ "$wrong" -gt 0 ]; then
        echo "verify: level $1: WRONG: $wrong checks failed, $skipped not made"
        exit 1
    elif [ -z "$key" ]; then
        echo "verify: level $1: integrity only, authenticity unknown: no --key; $skipped checks not made"
        exit 3
    fi
    echo "verify: level $1: all is right, $skipped checks not made; signed by key $fingerprint"
    exit 0
}

# Level 0: nothing but regular files with plain names, each with the digest that is listed and signed.
find . ! -type f ! -type d >"$work/special"
find . -name "*[!$name_set]*" >"$work/odd"
if [ -s "$work/special" ] || [ -s "$work/odd" ]; then
    failed "links, special files or odd names: $(cat "$work/special" "$work/odd" | head -n 3 | tr -c 'A-Za-z0-9._/\n-' '?' | tr '\n' ' ')"
    finish 0
fi
for file in bundle.dsse.json SHA256SUMS SHA512SUMS; do
    [ -f "$file" ] || failed "$file is missing"
done
[ "$wrong" = 0 ] || finish 0
find . -type f | sed 's|^\./||' | sort >"$work/files"
ok "$(wc -l <"$work/files") regular files, no links, plain names"
xargs sha512sum -- <"$work/files" | sort >"$work/sha512" &
xargs sha256sum -- <"$work/files" | sort >"$work/sha256"
wait

# same LABEL LIST ACTUAL: both have the same lines "digest  name".
same() {
    sort "$2" >"$work/listed"
    sort "$3" >"$work/actual"
    if cmp -s "$work/listed" "$work/actual"; then
        ok "$1: $(wc -l <"$work/actual") files"
        return
    fi
    sed 's/^[^ ]*  //' "$work/listed" | sort -u >"$work/listed.names"
    sed 's/^[^ ]*  //' "$work/actual" | sort -u >"$work/actual.names"
    comm -23 "$work/listed.names" "$work/actual.names" | sed 's/^/missing: /' >"$work/report"
    comm -13 "$work/listed.names" "$work/actual.names" | sed 's/^/not listed: /' >>"$work/report"
    comm -13 "$work/listed" "$work/actual" | sed 's/^[^ ]*  //' | sort | comm -12 - "$work/listed.names" |
        sed 's/^/altered: /' >>"$work/report"
    [ -s "$work/report" ] || echo "a file is listed twice" >"$work/report"
    failed "$1: $(wc -l <"$work/report") differ: $(head -n 5 "$work/report" | tr '\n' ' ')"
}
for bits in 256 512; do
    list=SHA${bits}SUMS
    if grep -Eqvx "[0-9a-f]{$((bits / 4))}  [$name_set/]+" "$list"; then
        failed "$list: a line is not in the form of sha${bits}sum"
    else
        grep -Ev "  ($outside|SHA256SUMS|SHA512SUMS)\$" "$work/sha$bits" >"$work/expected"
        same "$list" "$list" "$work/expected"
    fi
done

# open ENVELOPE: its parts as payload, and signatures "keyid sig" in base64; false where it has another form than
# Bessemer's, which is RFC 8785 and canonical base64.
signature='\{"keyid":"[0-9a-f]{64}","sig":"[A-Za-z0-9+/]+={0,2}"\}'
envelope="\\{\"payload\":\"[A-Za-z0-9+/]+={0,2}\",\"payloadType\":\"$payload_pattern\",\"signatures\":\\[$signature(,$signature)*\\]\\}"
open() {
    [ "$(wc -l <"$1")" = 0 ] && grep -aEqx "$envelope" "$1" || return 1
    sed 's/^{"payload":"\([^"]*\)".*/\1/' "$1" | tr -d '\n' >"$work/payload.base64"
    base64 -d <"$work/payload.base64" >"$work/payload" 2>/dev/null || return 1
    base64 -w 0 <"$work/payload" | cmp -s - "$work/payload.base64" || return 1
    grep -oE "$signature" "$1" | sed 's/{"keyid":"\([^"]*\)","sig":"\([^"]*\)"}/\1 \2/' >"$work/signatures"
    cut -d ' ' -f 2 "$work/signatures" | while read -r text; do
        [ "$(printf %s "$text" | base64 -d 2>/dev/null | base64 -w 0)" = "$text" ] || echo "$text"
    done >"$work/odd"
    [ ! -s "$work/odd" ] && [ -z "$(cut -d ' ' -f 1 "$work/signatures" | sort | uniq -d)" ]
}
# signature_of KEYID: the bytes of that key's signature of the opened envelope, as signature.
signature_of() { sed -n "s/^$1 //p" "$work/signatures" | tr -d '\n' | base64 -d >"$work/signature" && [ -s "$work/signature" ]; }

if ! open bundle.dsse.json; then
    failed "bundle.dsse.json is not an envelope in canonical form"
    finish 0
fi
ok "bundle.dsse.json is an envelope in canonical form"
if [ -z "$key" ]; then
    unchecked "the signature of bundle.dsse.json: no --key"
else
    fingerprint=$(openssl pkey -pubin -in "$key" -outform DER | sha256sum | cut -c 1-64)
    identifier=$(keyid "$producer")
    {
        printf 'DSSEv1 %d %s %d ' ${#payload_type} "$payload_type" "$(wc -c <"$work/payload")"
        cat "$work/payload"
    } >"$work/message"
    if ! signature_of "$identifier"; then
        failed "bundle.dsse.json is not signed by that key (its fingerprint is $fingerprint)"
    elif openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/message" -sigfile "$work/signature" \
        >/dev/null 2>&1; then
        ok "bundle.dsse.json is signed by the key whose SHA-256 (DER) is $fingerprint"
    else
        failed "the signature of bundle.dsse.json is not one of that key"
    fi
    if [ -n "$second_key" ]; then
        if ! signature_of "$second_identifier"; then
            failed "bundle.dsse.json is not signed by the ML-DSA-65 key (keyid $second_identifier)"
        elif ! openssl pkey -pubin -in "$second_key" -noout >/dev/null 2>&1; then
            unchecked "the ML-DSA-65 signature of bundle.dsse.json: needs OpenSSL 3.5, this is $(openssl version | cut -d ' ' -f 2)"
        elif openssl pkeyutl -verify -pubin -inkey "$second_key" -rawin -in "$work/message" \
            -sigfile "$work/signature" >/dev/null 2>&1; then
            ok "bundle.dsse.json is signed by the ML-DSA-65 key whose SHA-256 (DER) is $second_fingerprint"
        else
            failed "the ML-DSA-65 signature of bundle.dsse.json is not one of that key"
        fi
    fi
    others=$(grep -Evc "^($identifier|${second_identifier:-$identifier}) " "$work/signatures")
    [ "$others" = 0 ] || unchecked "signatures of bundle.dsse.json by keys that were not given: $others (--ml-dsa-key takes a second key)"
fi
subject="\\{\"digest\":\\{\"sha256\":\"[0-9a-f]{64}\"\\},\"name\":\"[$name_set/]+\"\\}"
sed -n "s|^{\"_type\":\"$statement_type\",\"predicate\":{.*},\"predicateType\":\"$bundle_type\",\"subject\":\\[\\(.*\\)\\]}\$|\\1|p" \
    "$work/payload" | sed 's/},{/}\
{/g' >"$work/subjects"
if [ "$(wc -l <"$work/payload")" != 0 ] || [ ! -s "$work/subjects" ] || grep -aEqvx "$subject" "$work/subjects"; then
    failed "bundle.dsse.json does not hold a statement about a bundle"
else
    sed 's/{"digest":{"sha256":"\([^"]*\)"},"name":"\([^"]*\)"}/\1  \2/' "$work/subjects" >"$work/signed"
    grep -Ev "  ($outside)\$" "$work/sha256" >"$work/expected"
    same "the signed list of every other file" "$work/signed" "$work/expected"
    run=$(sed -n 's/.*[,{]"run":"\([A-Za-z0-9-]*\)".*,"predicateType":.*/\1/p' "$work/payload")
    ok "the statement is about run ${run:-of no name}"
fi
[ -z "$log_key" ] || [ "$level" -gt 0 ] || unchecked "the log's head and proof, with --log-key: level 1"
[ ! -f bundle.tsr ] || [ "$level" = 2 ] || unchecked "bundle.tsr: the one file that the signed list can't name: level 2"
[ "$wrong" = 0 ] || finish 0
[ "$level" -gt 0 ] || finish 0

# Level 1: what the files say, with Python packages.
set -- --log-key "$log_key" --schemas "$schemas" --key "$key"
while IFS= read -r approver; do set -- "$@" --approver-key "$approver"; done <"$work/approvers"
"$python" "$here/verify.py" "$@" . | tee "$work/level1"
grep -q '^verify.py: done' "$work/level1" || exit 2
wrong=$((wrong + $(grep -c '^FAILED' "$work/level1")))
skipped=$((skipped + $(grep -c '^not checked' "$work/level1")))
[ "$level" = 2 ] || finish 1

# Level 2: the same statements by programs of others.
export HOME="$work"
if [ -z "$key" ]; then
    unchecked "cosign, trestle, openssl ts: no --key"
else
    # cosign_blob KEY ENVELOPE TYPE [FLAG] FILE
    cosign_blob() {
        checked_by=$1 checked=$2 type=$3
        shift 3
        cosign verify-blob-attestation --key "$checked_by" --signature "$checked" --type "$type" \
            --insecure-ignore-tlog=true "$@" >"$work/cosign" 2>&1
    }
    cut -c 67- "$work/signed" >"$work/names"
    # shellcheck disable=SC2016
    xargs -P "$(nproc)" -n 8 sh -c 'for file; do
        cosign verify-blob-attestation --key "$0" --signature bundle.dsse.json --type '"$bundle_type"' \
            --insecure-ignore-tlog=true "./$file" >/dev/null 2>&1 || echo "$file"
    done' "$key" <"$work/names" >"$work/refused"
    if [ -s "$work/refused" ]; then
        failed "cosign: $(wc -l <"$work/refused") files are refused: $(head -n 5 "$work/refused" | tr '\n' ' ')"
    else
        ok "cosign: $(wc -l <"$work/names") files are subjects of bundle.dsse.json"
    fi
    grep '\.dsse\.json$' "$work/names" >"$work/envelopes"
    {
        echo "$key"
        cat "$work/approvers"
    } >"$work/keys"
    while IFS= read -r file; do
        by=
        open "./$file" || {
            failed "$file is not an envelope in canonical form"
            continue
        }
        while IFS= read -r candidate; do
            [ -n "$by" ] || ! signature_of "$(keyid "$(raw "$candidate")")" || by=$candidate
        done <"$work/keys"
        type=$(sed -n 's/.*,"predicateType":"\([^"]*\)","subject":\[.*/\1/p' "$work/payload")
        if [ -z "$by" ]; then
            unchecked "cosign: $file: signed by none of the given keys"
        elif cosign_blob "$by" "./$file" "$type" --check-claims=false "./$file"; then
            claimed=0
            sed 's/.*,"predicateType":"[^"]*","subject":\[//' "$work/payload" | grep -oE '"sha256":"[0-9a-f]{64}"' |
                cut -c 11-74 >"$work/digests"
            while IFS= read -r digest; do
                blob=$(sed -n "s/^$digest  //p" "$work/sha256" | head -n 1)
                [ -n "$blob" ] || continue
                claimed=$((claimed + 1))
                cosign_blob "$by" "./$file" "$type" "./$blob" || failed "cosign: $file: $blob is refused"
            done <"$work/digests"
            ok "cosign: $file: signature and type $type, $claimed of its $(wc -l <"$work/digests") subjects are in the bundle"
        else
            failed "cosign: $file: $(tail -n 1 "$work/cosign")"
        fi
    done <"$work/envelopes"
    # Without a root of its own cosign would ask a network for the public one.
    echo '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' >"$work/root"
    for file in sigstore/*.sigstore.json; do
        [ -f "$file" ] || continue
        sed -n 's/.*"payload":"\([^"]*\)".*/\1/p' "$file" | base64 -d >"$work/payload" 2>/dev/null
        type=$(sed -n 's/.*,"predicateType":"\([^"]*\)","subject":\[.*/\1/p' "$work/payload")
        # cosign wants a subject itself for this form, and takes no digest.
        blob=$(sed 's/.*,"subject":\[//' "$work/payload" | grep -oE '"sha256":"[0-9a-f]{64}"' | cut -c 11-74 |
            grep -Ff - "$work/sha256" | head -n 1 | cut -c 67-)
        if [ -z "$blob" ]; then
            unchecked "cosign: $file: none of its subjects is in the bundle"
        elif cosign verify-blob-attestation --key "$key" --bundle "./$file" --new-bundle-format --trusted-root \
            "$work/root" --insecure-ignore-tlog=true --type "$type" "./$blob" >"$work/cosign" 2>&1; then
            ok "cosign: $file: signature and type $type of $blob"
        else
            failed "cosign: $file: $(tail -n 1 "$work/cosign")"
        fi
    done
fi

# ssh FILE: a public key as OpenSSH writes it.
ssh() {
    printf 'ssh-ed25519 '
    {
        printf '\000\000\000\013ssh-ed25519\000\000\000\040'
        openssl pkey -pubin -in "$1" -outform DER | tail -c 32
    } | base64 -w 0
    echo
}
if [ -z "$log_key" ]; then
    unchecked "sigsum-verify: no --log-key"
elif [ ! -f record.sigsum-proof ]; then
    unchecked "sigsum-verify: the bundle has no record.sigsum-proof"
else
    # The policy is made here: one from the bundle would trust whom the bundle says.
    printf 'log %s\nquorum none\n' "$log_raw" >"$work/policy"
    ssh "$log_key" >"$work/submitters"
    [ -z "$key" ] || ssh "$key" >>"$work/submitters"
    if sigsum-verify -k "$work/submitters" -p "$work/policy" record.sigsum-proof <record.json 2>"$work/error"; then
        ok "sigsum-verify: record.json is in the log whose key has the SHA-256 (DER) $(openssl pkey -pubin -in "$log_key" -outform DER | sha256sum | cut -c 1-64)"
    else
        failed "sigsum-verify: $(tail -n 1 "$work/error")"
    fi
fi

if [ ! -f bundle.tsr ]; then
    unchecked "openssl ts: the bundle has no time stamp, so its times are what the producer says"
elif [ -z "$authority" ] || [ -z "$key" ]; then
    unchecked "openssl ts: bundle.tsr: no --key and --tsa-ca"
else
    open bundle.dsse.json && signature_of "$identifier"
    if openssl ts -verify -data "$work/signature" -in bundle.tsr -CAfile "$authority" >/dev/null 2>"$work/error"; then
        ok "openssl ts: bundle.dsse.json was signed before$(openssl ts -reply -in bundle.tsr -text 2>/dev/null | sed -n 's/^Time stamp:/:/p' | cut -c 2-)"
    else
        failed "openssl ts: bundle.tsr: $(grep -v '^Using' "$work/error" | tail -n 1)"
    fi
fi

if [ ! -d oscal ]; then
    unchecked "trestle: the bundle has no OSCAL documents"
elif ! command -v "$trestle" >/dev/null; then
    unchecked "trestle: $trestle is not installed (requirements-oscal.txt)"
else
    workspace=$work/trestle
    mkdir "$workspace" && (cd "$workspace" && "$trestle" init --local >/dev/null 2>&1)
    for file in oscal/*.json; do
        case $file in *.dsse.json) continue ;; esac
        model=$(sed -n 's/^{"\([a-z-]*\)":{.*/\1/p' "$file")
        case $model in component-definition) plural=component-definitions ;; *) plural=$model ;; esac
        mkdir -p "$workspace/$plural/bundle"
        copy=$workspace/$plural/bundle/$model.json
        cat "$file" >"$copy"
        if (cd "$workspace" && "$trestle" validate -f "$copy" >"$work/log" 2>&1); then
            ok "trestle: $file is a valid $model"
        else
            failed "trestle: $file: $(tail -n 1 "$work/log")"
        fi
        if [ -z "$key" ]; then continue; fi
        if "$trestle" verify -f "$file" --signature "${file%.json}.dsse.json" --public-key "$key" --beta \
            >"$work/log" 2>&1; then
            ok "trestle: $file has the signature of ${file%.json}.dsse.json"
        else
            failed "trestle: $file: $(tail -n 1 "$work/log")"
        fi
    done
fi
finish 2
