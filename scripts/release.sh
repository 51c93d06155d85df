#!/usr/bin/env bash
# Releases a version of the function: moves the alias live to it, in two steps.
#
# usage: scripts/release.sh [--stack NAME] [--percent N] [--minutes N] [VERSION]
#        scripts/release.sh [--stack NAME] --now [VERSION]
#        scripts/release.sh [--stack NAME] --back
#        scripts/release.sh [--stack NAME] --status
#
#   VERSION           the version to release; default: the newest one, which pulumi up
#                     published
#   --percent N       the share of the events in the first step; default: 10
#   --minutes N       the length of the first step; default: 10. An alarm needs one to
#                     three periods of five minutes to go off
#   --now             releases at once, without a check of the alarms: for a correction
#                     while an alarm is on
#   --back            ends the release in progress; if there is none, returns to the
#                     version that was released before
#   --status          prints the versions and the alarms that are on
#   --stack NAME      uses this Pulumi stack; default: the selected one
#   -h, --help        prints this help
#
# In the first step, Lambda chooses the version for each event, not for each connection. If
# an alarm of the stack goes off, all events go back to the old version at once, with exit
# code 1. Ctrl+C does the same, with exit code 130.
#
# Needs the settings releaseByAlias and alarmEmail, the AWS CLI, Node.js and the Pulumi CLI.
# Exit codes: 0 if the version is released, 1 if it is not, 2 for wrong arguments.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

or_local= # the local run has one version
percent=10 minutes=10 action=release version=
every=30 # seconds between two checks of the alarms
pause=   # the process that waits between them
while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=* | --percent=* | --minutes=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --local) misuse "the local run has one version of the function" ;;
    --stack) require_value "$@" && stack=("--stack=$2") && shift ;;
    --percent) require_value "$@" && percent=$2 && shift ;;
    --minutes) require_value "$@" && minutes=$2 && shift ;;
    --now | --back | --status)
      [[ $action == release ]] || misuse "use only one of --now, --back and --status"
      action=${1#--} ;;
    -*) misuse "unknown option $1" ;;
    "") misuse "VERSION is empty" ;;
    *) [[ ! $version ]] || misuse "give one VERSION" && version=$1 ;;
  esac
  shift
done
[[ $percent =~ ^[1-9][0-9]?$ ]] || misuse "--percent $percent: want a number from 1 to 99"
[[ $minutes =~ ^[1-9][0-9]{0,2}$ ]] || misuse "--minutes $minutes: want a number from 1 to 999"
[[ ! $version || $version =~ ^[1-9][0-9]*$ ]] || misuse "the version \"$version\" is not a number: --status prints the newest one"
[[ ! $version || $action == release || $action == now ]] || misuse "--$action takes no VERSION"

need_aws
use_stack
# An answer of AWS that does not come must not keep a release from its end.
aws+=(--cli-read-timeout 15)
export AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-2}
function=$(output functionName)
[[ $function == *:live ]] || die "the function has no alias: turn it on (pulumi config set releaseByAlias true), and run pulumi up"
function=${function%:live}
alarms=()
while IFS= read -r name; do alarms+=("$name"); done < <(sed -n 's/^alarmNames\.[0-9]*=//p' "$work/outputs")

# fetch_alias reads the alias into $work/lines. It returns 1 if AWS does not answer.
fetch_alias() {
  call lambda get-alias --function-name "$function" --name live --output json >"$work/alias" &&
    node "$scripts/json.mjs" lines <"$work/alias" >"$work/lines"
}

# alias_member NAME prints a member of the alias that fetch_alias has read.
alias_member() { sed -n "s/^$1=//p" "$work/lines"; }

# alias_weights prints the version that gets a share, and its share: 7=0.1.
alias_weights() { sed -n 's/^RoutingConfig\.AdditionalVersionWeights\.\([0-9]*=.*\)/\1/p' "$work/lines"; }

# read_alias reads the released version, the version that gets a share, its share, the
# version that was released before, and the revision of the alias.
read_alias() {
  fetch_alias || explain "cannot read the alias"
  released=$(alias_member FunctionVersion)
  revision=$(alias_member RevisionId)
  before=$(sed -n 's/^Description=.*; before it: \([0-9]*\)$/\1/p' "$work/lines")
  share=$(alias_weights)
  weight=${share#*=}
  share=${share%%=*}
}

# is_now DESCRIPTION VERSION WEIGHTS reads the revision of the alias if the alias has this
# state. Otherwise, it returns 1.
is_now() {
  fetch_alias || return 1
  [[ "$(alias_member Description) $(alias_member FunctionVersion) $(alias_weights)" == "$1 $2 $3" ]] || return 1
  revision=$(alias_member RevisionId)
}

# read_newest reads the newest published version. The AWS CLI prints a line for each page.
read_newest() {
  call lambda list-versions-by-function --function-name "$function" --query 'Versions[].[Version]' --output text >"$work/versions" ||
    explain "cannot list the versions"
  newest=$(grep -E '^[0-9]+$' "$work/versions" | sort -n | tail -1) || die "the function has no version: run pulumi up"
}

# move DESCRIPTION VERSION WEIGHTS changes the alias, unless another caller has changed it since
# read_alias or the last move. It returns 1 if AWS refuses.
move() {
  if call lambda update-alias --function-name "$function" --name live --revision-id "$revision" --description "$1" \
    --function-version "$2" --routing-config "AdditionalVersionWeights={$3}" --query RevisionId --output text >"$work/revision"; then
    revision=$(<"$work/revision")
    return 0 # in a trap, return alone would return an older code
  fi
  # AWS may have made the change although its answer was lost. The AWS CLI repeats such a call,
  # and AWS refuses the repetition because of the old revision.
  mv "$work/error" "$work/refusal"
  ! is_now "$@" || return 0
  mv "$work/refusal" "$work/error"
  return 1
}

# move_failed FAILURE STATE ends the script because a move failed. STATE describes the alias.
move_failed() {
  case $(<"$work/error") in
    *PreconditionFailed*) die "$1: another caller changed the alias in the meantime, so this script leaves it as it is. scripts/release.sh --status shows the versions" ;;
    *) explain "$1. $2" ;;
  esac
}

# active_alarms prints the names of the alarms that are on. It returns 1 if AWS does not answer, or
# does not know one of the alarms.
active_alarms() {
  local name
  call cloudwatch describe-alarms --alarm-names "${alarms[@]}" --query 'MetricAlarms[].[StateValue,AlarmName]' --output text >"$work/alarms" || return 1
  for name in "${alarms[@]}"; do
    cut -f 2 "$work/alarms" | grep -Fqx -e "$name" || { echo "the alarm $name does not exist: run pulumi up" >"$work/error" && return 1; }
  done
  sed -n $'s/^ALARM\t//p' "$work/alarms"
}

# released_text [BEFORE] prints the description of the alias for a version that gets all events.
# Version BEFORE was released before it.
released_text() { printf 'Released by scripts/release.sh%s' "${1:+; before it: $1}"; }

# return_all REASON [CODE] gives all events back to the released version, and ends the
# script with exit code CODE, by default 1.
return_all() {
  trap '' INT TERM HUP PIPE
  trap 'rm -rf "$work"' EXIT
  [[ ! $pause ]] || kill "$pause" 2>/dev/null || true
  give_back || give_back ||
    move_failed "$1, but the events could not be given back to version $released" "Version $version still gets $percent % of them: run scripts/release.sh --back"
  die "$1: all events go to version $released again" "${2:-1}"
}

# give_back is one attempt to end the first step. A call that was interrupted may have changed
# the alias: hence is_now.
give_back() {
  is_now "$step" "$released" "$first" || true
  move "$(released_text "$before")" "$released" ""
}

status() {
  local on=none
  if [[ $share ]]; then
    LC_ALL=C awk -v a="$released" -v b="$share" -v w="$weight" 'BEGIN { printf "version %s gets %g %% of the events, version %s gets %g %%\n", a, 100 - 100 * w, b, 100 * w }'
  else
    echo "version $released gets all events${before:+; before it, version $before was released}"
  fi
  echo "the newest version is $newest"
  [[ ${alarms[*]+set} ]] || { echo "the stack has no alarms" && return; }
  on=$(active_alarms) || explain "cannot read the alarms"
  on=$(tr '\n' ' ' <<<"${on:-none}")
  echo "alarms that are on: ${on% }"
}

# finish gives all events to $version.
finish() {
  move "$(released_text "$released")" "$version" "" || move_failed "cannot release version $version" "$1"
  echo "version $version gets all events; scripts/release.sh --back returns to version $released"
}

back() {
  if [[ $share ]]; then
    move "$(released_text "$before")" "$released" "" || move_failed "cannot end the release of version $share" "It still gets its share of the events."
    echo "version $released gets all events again; version $share gets none"
    return
  fi
  [[ $before ]] || die "the version that was released before version $released is not known: name it (scripts/release.sh --now VERSION)"
  move "$(released_text "$released")" "$before" "" || move_failed "cannot return to version $before" "Version $released still gets all events."
  echo "version $before gets all events; before it, version $released was released"
}

# observe checks the alarms until the first step is over.
observe() {
  local on seconds seen failures=0
  for ((seconds = every; seconds <= minutes * 60; seconds += every)); do
    sleep "$every" >/dev/null 2>&1 & # in the background, so that a signal ends wait at once
    pause=$!
    wait "$pause" || true
    if on=$(active_alarms); then
      failures=0 seen="no alarm"
      [[ ! $on ]] || return_all "the alarm $(head -1 <<<"$on") is on"
    else
      failures=$((failures + 1)) seen="AWS did not give the state of the alarms"
      [[ $failures -lt 3 ]] || return_all "AWS did not give the state of the alarms three times in a row ($(summary "$(<"$work/error")"))"
    fi
    [[ $((seconds % 60)) -ne 0 ]] || echo "minute $((seconds / 60)) of $minutes: $seen"
  done
  [[ $failures -eq 0 ]] || return_all "AWS did not give the state of the alarms at the end ($(summary "$(<"$work/error")"))"
}

release() {
  local on
  [[ ${alarms[*]+set} ]] || die "the stack has no alarms to watch: set alarmEmail and run pulumi up, or use --now"
  on=$(active_alarms) || explain "cannot read the alarms"
  [[ ! $on ]] || die "the alarm $(head -1 <<<"$on") is on already: correct its cause first, or use --now if version $version is the correction"
  step="Release of version $version by scripts/release.sh${before:+; before it: $before}"
  first=$(printf '%02d' "$percent")
  first="$version=0.${first%0}"
  trap 'return_all "the release was interrupted" 130' INT TERM HUP PIPE
  trap '(return_all "the release failed") || true; rm -rf "$work"' EXIT # such as a full disk
  move "$step" "$released" "$first" || { trap 'rm -rf "$work"' EXIT && move_failed "cannot begin the release of version $version" "Version $released still gets all events."; }
  echo "version $version gets $percent % of the events for $minutes minutes, version $released the others"
  observe
  trap '' INT TERM HUP PIPE # the last step is one call
  trap 'rm -rf "$work"' EXIT
  finish "It still gets $percent % of the events: run scripts/release.sh --back."
}

read_alias
[[ $action != back ]] || { back && exit; }
read_newest
[[ $action != status ]] || { status && exit; }
version=${version:-$newest}
grep -qx "$version" "$work/versions" || die "the function has no version $version: the newest one is $newest"
[[ ! $share ]] || die "a release is in progress: version $share gets a share of the events. Wait for its end, or end it with --back"
if [[ $version == "$released" ]]; then
  echo "version $version is released already: pulumi up publishes a new one when the function or its settings have changed"
  exit
fi
if [[ $action == now ]]; then finish "Version $released still gets all events."; else release; fi
