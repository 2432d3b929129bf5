#!/usr/bin/env bash
# Makes {{name}}.wasm of src/lib.rs and names its digest in mission.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
target=wasm32-unknown-unknown
# A rustc that is only a proxy without a toolchain names no sysroot.
has_target() {
    local sysroot
    command -v "$1" >/dev/null && sysroot=$("$1" --print sysroot 2>/dev/null) && [ -n "$sysroot" ] && compgen -G "$sysroot/lib/rustlib/$target/lib/libstd-*" >/dev/null
}
rustc=
for candidate in ${RUSTC:-rustc /usr/bin/rustc}; do
    if has_target "$candidate"; then rustc=$candidate; break; fi
done
linker=${WASM_LD:-$(command -v wasm-ld-14 || command -v wasm-ld || true)}
if [ -z "$rustc" ]; then
    echo "build.sh: rustc with its library for $target is needed; on Debian: apt-get install rustc libstd-rust-dev-wasm32 lld-14; elsewhere: rustup target add $target" >&2
    exit 1
fi
flags=(--edition 2021 --target "$target" -C opt-level=s -C panic=abort -C codegen-units=1)
# Debian's rustc brings no linker of its own.
[ -z "$linker" ] || flags+=(-C "linker=$linker" -C linker-flavor=wasm-ld)
mkdir -p build
"$rustc" "${flags[@]}" --crate-name voxeltron --crate-type rlib voxeltron/src/lib.rs --out-dir build
"$rustc" "${flags[@]}" --crate-name cell --crate-type cdylib -C lto -C link-arg=--stack-first -C link-arg=-zstack-size=65536 -C link-arg=--strip-all \
    --extern voxeltron=build/libvoxeltron.rlib src/lib.rs -o {{name}}.wasm
digest=$(sha256sum {{name}}.wasm | cut -c 1-64)
sed -i "s/\"module\": \"[0-9a-f]\{64\}\"/\"module\": \"$digest\"/" mission.json
echo "{{name}}.wasm $digest"
