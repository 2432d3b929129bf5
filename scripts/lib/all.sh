# shellcheck shell=bash
# Every part, in the order they build on each other.
LIB=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/common.sh
source "$LIB/common.sh"
# shellcheck source=scripts/lib/build.sh
source "$LIB/build.sh"
# shellcheck source=scripts/lib/postgres.sh
source "$LIB/postgres.sh"
# shellcheck source=scripts/lib/processes.sh
source "$LIB/processes.sh"
# shellcheck source=scripts/lib/walls.sh
source "$LIB/walls.sh"
# shellcheck source=scripts/lib/broker.sh
source "$LIB/broker.sh"
# shellcheck source=scripts/lib/fabric.sh
source "$LIB/fabric.sh"
