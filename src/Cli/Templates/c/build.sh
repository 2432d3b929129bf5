#!/usr/bin/env bash
# Makes {{name}}.wasm of cell.c and names its digest in mission.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
clang=${CLANG:-$(command -v clang-14 || command -v clang || true)}
linker=${WASM_LD:-$(command -v wasm-ld-14 || command -v wasm-ld || true)}
if [ -z "$clang" ] || [ -z "$linker" ]; then
    echo "build.sh: clang and wasm-ld are needed; on Debian: apt-get install clang-14 lld-14" >&2
    exit 1
fi
# The stack first, so that running out of it traps instead of overwriting data.
"$clang" --target=wasm32-unknown-unknown -std=c11 -O2 -ffreestanding -nostdlib -fvisibility=hidden -Wall -Wextra "-fuse-ld=$linker" \
    -Wl,--no-entry -Wl,--stack-first -Wl,-z,stack-size=16384 -Wl,--max-memory=4194304 -Wl,--strip-all cell.c -o {{name}}.wasm
digest=$(sha256sum {{name}}.wasm | cut -c 1-64)
sed -i "s/\"module\": \"[0-9a-f]\{64\}\"/\"module\": \"$digest\"/" mission.json
echo "{{name}}.wasm $digest"
