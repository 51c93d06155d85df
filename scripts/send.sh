#!/usr/bin/env bash
# Sends messages from the backend to connected clients, or ends their
# connections.
#
# usage: scripts/send.sh [--local] [--stack NAME]
#                        [--connection ID | --user NAME | --all] [FILE...]
#        scripts/send.sh --disconnect [--reason TEXT] [--local] [--stack NAME]
#                        (--connection ID | --user NAME | --all)
#
#   --local           to the clients of the local run (make run)
#   --stack NAME      of this Pulumi stack; default: the selected one
#   --connection ID   to one connection: the page shows its id
#   --user NAME       to every connection of one user
#   --all             to every connection; the default, but not of --disconnect
#   FILE...           files with one JSON message each;
#                     default: the samples in scripts/messages, one a second
#   --disconnect      ends the connections instead, after a closing message
#   --reason TEXT     what the closing message tells, at most 1000 bytes
#
# Needs the AWS CLI. One connection is sent to directly, by the API's
# @connections; a user and all by a push event to the Lambda, which knows who
# is connected. Connections are ended by a disconnect event to the Lambda. A
# token stays good until it expires, so whoever has one can connect again: to
# keep a user out, disable the user where they sign in, too.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

target= kind= disconnect= reason=
choose() {
  [[ ! $kind ]] || die "choose one of --connection, --user and --all"
  kind=$1 target=${2-}
}
value() { [[ ${2-} ]] || die "$1 needs a value (see -h)"; }

while [[ $# -gt 0 ]]; do
  case $1 in
    -h | --help) usage ;;
    --local) local_run=1 ;;
    --stack) value "$@" && stack=(--stack "$2") && shift ;;
    --connection) value "$@" && choose connection "$2" && shift ;;
    --user) value "$@" && choose user "$2" && shift ;;
    --all) choose all ;;
    --disconnect) disconnect=1 ;;
    --reason) value "$@" && reason=$2 && shift ;;
    --) shift && break ;;
    -*) die "unknown option $1 (see -h)" ;;
    *) break ;;
  esac
  shift
done
plain target "$target"

files=()
pause=0
if [[ $disconnect ]]; then
  [[ $# -eq 0 ]] || die "--disconnect takes no file ($1): say why with --reason"
  [[ $kind ]] || die "--disconnect needs one of --connection, --user and --all"
  plain reason "$reason"
  [[ $(bytes "$reason") -le 1000 ]] || die "the reason has $(bytes "$reason") bytes: shorten it to 1000"
else
  [[ ! $reason ]] || die "--reason \"$reason\" is told with --disconnect only: add it, or send a message file"
  kind=${kind:-all}
  files=("$@")
  if [[ $# -eq 0 ]]; then
    files=("$root"/scripts/messages/*.json)
    pause=1
  fi
  for file in "${files[@]}"; do
    [[ -r $file ]] || die "cannot read the file $file"
  done
fi

need_aws
use_stack
if [[ $kind == connection && ! $disconnect ]]; then
  endpoint=$(output connectionsUrl)
else
  function=$(output functionName)
  [[ ! $local_run ]] || { endpoint=$(output connectionsUrl) && aws+=(--endpoint-url "${endpoint%/*}"); }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# to_connection FILE posts a file to the one connection, whose id may begin with
# a dash.
to_connection() {
  local error
  if error=$("${aws[@]}" --endpoint-url "$endpoint" apigatewaymanagementapi post-to-connection \
    --connection-id="$target" --data "fileb://$1" 2>&1 >/dev/null); then
    echo "sent 1"
    return
  fi
  case $error in
    *GoneException*) die "the connection $target is gone" ;;
    *"Invalid connectionId"*) die "$target is no connection id: copy it from the page" ;;
    *) die "cannot send $1: $error" ;;
  esac
}

# target_json prints the target as the Lambda reads it.
target_json() {
  if [[ $kind == all ]]; then printf '{"all":true}'; else printf '{"%s":%s}' "$kind" "$(json_text "$target")"; fi
}

# by_order WHAT has the Lambda do what the file $work/event orders, and prints
# its counts.
by_order() {
  local error
  error=$("${aws[@]}" lambda invoke --function-name "$function" --payload "fileb://$work/event" \
    --query FunctionError --output text "$work/answer" 2>&1) || die "cannot $1: $error"
  [[ $error == None ]] || die "cannot $1: the function says $(<"$work/answer")"
  sed 's/[{}"]//g; s/:/ /g; s/,/, /g' "$work/answer"
  echo
}

# by_push FILE has the Lambda send a file to the user, or to all.
by_push() {
  printf '{"push":{"target":%s,"message":%s}}' "$(target_json)" "$(<"$1")" >"$work/event"
  by_order "send $1"
}

if [[ $disconnect ]]; then
  [[ ! $reason ]] || reason=",\"reason\":$(json_text "$reason")"
  printf '{"disconnect":{"target":%s%s}}' "$(target_json)" "$reason" >"$work/event"
  by_order "disconnect $kind${target:+ $target}"
  exit
fi
for i in "${!files[@]}"; do
  [[ $i -eq 0 ]] || sleep "$pause"
  file=${files[$i]}
  printf '%s to %s%s: ' "$(basename "$file")" "$kind" "${target:+ $target}"
  if [[ $kind == connection ]]; then to_connection "$file"; else by_push "$file"; fi
done
