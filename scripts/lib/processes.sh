# shellcheck shell=bash
# The fabric's own processes. run/NAME.pid holds "PID START": the start time tells our process from a later one that got its number.

readonly READY_SECONDS=60
# Longer than the processes' own bound on draining (shutdown_timeout_s, 30 s).
readonly DRAIN_SECONDS=45

# Start time in ticks since boot, field 22 of /proc/PID/stat; the name in field 2 may hold anything, so count from its end.
process_start() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086 # words wanted
  set -- $stat
  # A zombie is dead, whatever its table entry says.
  [[ $1 != Z ]] && printf '%s\n' "${20}"
}

# Prints the pid if the process runs.
pid_of() {
  local pid start
  [[ -f $RUN_DIR/$1.pid ]] || return 1
  read -r pid start <"$RUN_DIR/$1.pid" || return 1
  [[ $(process_start "$pid") == "$start" ]] && printf '%s\n' "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

is_stopped() { ! is_running "$1"; }

# Names with a pid file, in the order they are to be stopped: first who takes work in, last who does it.
process_names() {
  local file name
  for name in api sre; do
    if [[ -f $RUN_DIR/$name.pid ]]; then printf '%s\n' "$name"; fi
  done
  for file in "$RUN_DIR"/worker-*.pid; do
    if [[ -f $file ]]; then basename "$file" .pid; fi
  done
  # What workers have under way needs it until they have drained.
  if [[ -f $RUN_DIR/broker.pid ]]; then printf 'broker\n'; fi
}

any_running() {
  local name
  for name in $(process_names); do
    if is_running "$name"; then return 0; fi
  done
  return 1
}

# What the next program is started with.
PROGRAM_ARGUMENTS=()

# start_process NAME DLL [LAUNCHER…]: a launcher, and what follows it, becomes the process: the pid stays.
start_process() {
  local name=$1 dll=$2 log=$LOG_DIR/$1.log pid
  shift 2
  if is_running "$name"; then
    return
  fi
  [[ -f $dll ]] || die "$dll is missing: remove $STAMP_DIR/*.stamp and run this again to build it"
  rm -f "$RUN_DIR/$name.url" "$RUN_DIR/$name.pid"
  rotate_log "$log"
  # A session of its own, so that ctrl-C in this terminal does not reach it. The administrator's connection stays here.
  (
    cd "$(dirname "$dll")" || exit
    unset VOXELTRON_POSTGRES
    VOXELTRON_INSTANCE=$name exec setsid "$@" dotnet exec "$dll" "${PROGRAM_ARGUMENTS[@]}" </dev/null >>"$log" 2>&1 9>&-
  ) &
  pid=$!
  printf '%s %s\n' "$pid" "$(process_start "$pid")" >"$RUN_DIR/$name.pid"
}

# The status code of GET URL/PATH with no tool but bash; empty if nobody answers.
http_status() {
  local address=${1#http://} path=$2 line
  address=${address%%/*}
  (
    exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$path" "$address" >&3
    IFS=' ' read -r -t 5 _ line _ <&3
    printf '%s\n' "$line"
  ) 2>/dev/null || true
}

url_of() {
  if [[ -f $RUN_DIR/$1.url ]]; then cat "$RUN_DIR/$1.url"; fi
}

is_ready() {
  local url
  url=$(url_of "$1")
  [[ -n $url && $(http_status "$url" /ready) == 200 ]]
}

is_ready_or_dead() { is_ready "$1" || is_stopped "$1"; }

wait_ready() {
  local name=$1 log=$LOG_DIR/$1.log
  if wait_until "$READY_SECONDS" is_ready_or_dead "$name" && is_running "$name"; then
    return
  fi
  tail -n 5 "$log" >&2
  if is_running "$name"; then
    die "$name runs but is not ready after $READY_SECONDS s: see $(url_of "$name")/ready and the log; scripts/down stops everything" "$log"
  fi
  die "$name ended while starting: correct what its last lines say and run scripts/up again" "$log"
}

# Asks all to stop, then waits for each: they drain at the same time.
stop_processes() {
  local name pid
  for name in $(process_names); do
    if [[ $name != broker ]] && pid=$(pid_of "$name"); then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for name in $(process_names); do
    # Last of all: workers that drain have requests under way.
    if [[ $name == broker ]] && pid=$(pid_of "$name"); then kill -TERM "$pid" 2>/dev/null || true; fi
    if ! wait_until "$DRAIN_SECONDS" is_stopped "$name"; then
      say "$name did not drain within $DRAIN_SECONDS s and is killed; what was durable stays so (log: $LOG_DIR/$name.log)"
      if pid=$(pid_of "$name"); then kill -KILL "$pid" 2>/dev/null || true; fi
      wait_until 10 is_stopped "$name" || die "$name (pid $pid) cannot be killed: see what it waits for, then run scripts/down again"
    fi
    rm -f "$RUN_DIR/$name.pid" "$RUN_DIR/$name.url"
  done
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FIRST: that one, or the next that nobody listens on.
free_port() {
  local port
  for ((port = $1; port < $1 + 100; port++)); do
    if port_is_free "$port"; then
      printf '%s\n' "$port"
      return
    fi
  done
  die "ports $1 to $((port - 1)) are all taken: choose another with VOXELTRON_API_PORT"
}
