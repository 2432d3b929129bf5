#!/usr/bin/env bash
# Makes {{name}}.wasm of cell.ts and names its digest in mission.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
asc=${ASC:-$(command -v ./node_modules/.bin/asc || command -v asc || true)}
if [ -z "$asc" ] || ! command -v node >/dev/null; then
    echo "build.sh: node and asc are needed; with npm: npm install assemblyscript@0.28.20" >&2
    exit 1
fi
"$asc" cell.ts --runtime voxeltron/runtime --use abort=voxeltron/index/vx_abort -Osize --outFile {{name}}.wasm
digest=$(sha256sum {{name}}.wasm | cut -c 1-64)
sed -i "s/\"module\": \"[0-9a-f]\{64\}\"/\"module\": \"$digest\"/" mission.json
echo "{{name}}.wasm $digest"
