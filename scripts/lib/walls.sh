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

# HOST:PORT where Postgres is reached over TCP, else nothing; from the settings, as the launcher reads them.
postgres_tcp() { dotnet exec "$(release_dll src/Launcher Voxeltron.Launcher)" --state "$STATE" --say-postgres; }

database_dir() { printf '/run/voxeltron-%s-database\n' "$STATE_HASH"; }

# Of a server over TCP: the namespace in which workers reach that server and nothing else (docs/walls.md). Run again, it follows
# the server's name to where it leads now, under workers that run.
start_database_space() {
  local server dir said rc=0
  DATABASE_SPACE=
  is_root && ! are_walls_off || return 0
  server=$(postgres_tcp)
  [[ -n $server ]] || return 0
  dir=$(database_dir)
  mkdir -p "$dir"
  chmod 0711 "$dir"
  said=$(dotnet exec "$(release_dll src/Broker Voxeltron.Broker)" database --server "$server" --place "$dir" --hosts "$STATE/broker/hosts" 2>&1) || rc=$?
  said=${said##*$'\n'}
  if [[ $rc -eq 0 ]]; then
    if [[ -n $said ]]; then say "$said"; fi
    DATABASE_SPACE=$dir
  elif [[ ${VOXELTRON_OPEN_DATABASE:-no} == yes ]]; then
    say "warning: VOXELTRON_OPEN_DATABASE=yes: workers may connect to the port of $server on any machine ($said)"
  else
    die "workers cannot be kept to the database $server: $said. Mend that, or set VOXELTRON_OPEN_DATABASE=yes to start workers that may connect to its port on any machine (docs/walls.md)"
  fi
}

# Also what a run that was killed left behind.
stop_database_space() {
  local dir
  dir=$(database_dir)
  if is_root && [[ -d $dir ]]; then
    if dotnet exec "$(release_dll src/Broker Voxeltron.Broker)" database --remove --place "$dir"; then
      rm -rf "$dir"
    else
      say "warning: the namespace of $dir could not be removed; scripts/down tries again"
    fi
  fi
}

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
    if [[ -n ${DATABASE_SPACE:-} ]]; then launcher+=(--netns "$DATABASE_SPACE/netns" --hosts "$DATABASE_SPACE/hosts"); fi
    # Beside what it runs: the program that judges its snapshots.
    launcher+=(--read "$(dirname "$(release_dll src/Replay voxeltron-replay)")" --)
  fi
  start_process "$name" "$(release_dll src/CellWorker Voxeltron.CellWorker)" "${launcher[@]}"
}

# tcp_of WALLS PID: in which namespace it is the kernel says.
tcp_of() {
  local told=$1 dir
  dir=$(database_dir)
  if [[ $told == *network=namespace* && $(readlink "/proc/$2/ns/net") != "net:[$(stat -c %i "$dir/netns" 2>/dev/null)]" ]]; then told=seccomp=tcp; fi
  case $told in
    *seccomp=tcp*network=namespace*) printf ' with TCP to the database alone' ;;
    *seccomp=tcp*network=port*) printf " with TCP TO ITS PORT OF ANY MACHINE" ;;
    *seccomp=tcp*) printf ' with TCP TO ANYWHERE' ;;
  esac
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
    "$(grep -qE '^Seccomp:\s*2$' <<<"$status" && printf 'seccomp%s' "$(tcp_of "$told" "$1")" || printf 'NO SECCOMP')" \
    "$([[ $told =~ landlock=([1-9][0-9]*) ]] && printf 'Landlock %s' "${BASH_REMATCH[1]}" || printf 'NO LANDLOCK')"
}
