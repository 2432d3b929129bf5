# shellcheck shell=bash
# Workers run what others wrote, so they stand in walls (docs/walls.md): src/Launcher raises them and becomes the worker.

# VOXELTRON_UNCONFINED=yes: without; for machines whose kernel has none.
are_walls_off() { [[ ${VOXELTRON_UNCONFINED:-no} == yes ]]; }

# As root. Sets WORKER_USER, and makes that user if it can: theirs alone, and not Postgres' own, whose files are the log.
# Needs PG_USER where there is a private cluster.
choose_worker_user() {
  WORKER_USER=voxeltron
  if [[ ${PG_USER:-} == voxeltron ]]; then WORKER_USER=voxeltron-worker; fi
  if ! id -u "$WORKER_USER" >/dev/null 2>&1; then
    # Without it the launcher leaves a worker root's name and nothing else of root, and says so.
    make_system_user "$WORKER_USER" || say "warning: no system user '$WORKER_USER' can be made here: add one, and workers run as that user"
  fi
}

worker_group() { id -gn "$WORKER_USER" 2>/dev/null || id -gn; }

# start_worker NAME
start_worker() {
  local name=$1 launcher=()
  if are_walls_off; then
    say "warning: VOXELTRON_UNCONFINED=yes: $name stands in no walls and may do all that user $(id -un) may"
  else
    launcher=(dotnet exec "$(release_dll src/Launcher Voxeltron.Launcher)")
    if is_root; then
      choose_worker_user
      launcher+=(--user "$WORKER_USER" --user-optional)
    fi
    # Beside what it runs: the program that judges its snapshots.
    launcher+=(--read "$(dirname "$(release_dll src/Replay voxeltron-replay)")" --)
  fi
  start_process "$name" "$(release_dll src/CellWorker Voxeltron.CellWorker)" "${launcher[@]}"
}

# walls_of PID: what the kernel says of a running worker; Landlock, which it does not show, as its launcher told it.
walls_of() {
  local status told user
  status=$(cat "/proc/$1/status" 2>/dev/null) || return 0
  told=$(tr '\0' '\n' <"/proc/$1/environ" 2>/dev/null | sed -n 's/^VOXELTRON_WALLS=//p') || told=
  user=$(stat -c %U "/proc/$1" 2>/dev/null) || user=unknown
  printf 'user %s, %s, %s, %s, %s\n' \
    "$user" \
    "$(grep -qE '^CapEff:\s*0+$' <<<"$status" && printf 'no capabilities' || printf 'CAPABILITIES')" \
    "$(grep -qE '^NoNewPrivs:\s*1$' <<<"$status" && printf 'no new privileges' || printf 'NEW PRIVILEGES')" \
    "$(grep -qE '^Seccomp:\s*2$' <<<"$status" && printf 'seccomp%s' "$([[ $told == *seccomp=tcp* ]] && printf ' with TCP')" || printf 'NO SECCOMP')" \
    "$([[ $told =~ landlock=([1-9][0-9]*) ]] && printf 'Landlock %s' "${BASH_REMATCH[1]}" || printf 'NO LANDLOCK')"
}
