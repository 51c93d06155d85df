#!/usr/bin/env bash
# Sends messages from the backend to connected clients.
#
# usage: scripts/send.sh [--local] [--stack NAME]
#                        [--connection ID | --user NAME | --all] [FILE...]
#
#   --local           to the clients of the local run (make run)
#   --stack NAME      of this Pulumi stack; default: the selected one
#   --connection ID   to one connection: the page shows its id
#   --user NAME       to every connection of one user
#   --all             to every connection; this is the default
#   FILE...           files with one JSON message each;
#                     default: the samples in scripts/messages, one a second
#
# Needs the AWS CLI. One connection is reached directly, by the API's
# @connections; a user and all by a push event to the Lambda, which knows who
# is connected.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

target= kind=
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
    --) shift && break ;;
    -*) die "unknown option $1 (see -h)" ;;
    *) break ;;
  esac
  shift
done
kind=${kind:-all}
files=("$@")
pause=0
if [[ $# -eq 0 ]]; then
  files=("$root"/scripts/messages/*.json)
  pause=1
fi
for file in "${files[@]}"; do
  [[ -r $file ]] || die "cannot read the file $file"
done

plain target "$target"
need_aws
use_stack
if [[ $kind == connection ]]; then
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

# by_push FILE has the Lambda send a file to the user, or to all.
by_push() {
  local to='{"all":true}' error
  [[ $kind == all ]] || to="{\"user\":$(json_text "$target")}"
  printf '{"push":{"target":%s,"message":%s}}' "$to" "$(<"$1")" >"$work/event"
  error=$("${aws[@]}" lambda invoke --function-name "$function" --payload "fileb://$work/event" \
    --query FunctionError --output text "$work/answer" 2>&1) || die "cannot send $1: $error"
  [[ $error == None ]] || die "cannot send $1: the function says $(<"$work/answer")"
  sed 's/[{}"]//g; s/:/ /g; s/,/, /g' "$work/answer"
  echo
}

for i in "${!files[@]}"; do
  [[ $i -eq 0 ]] || sleep "$pause"
  file=${files[$i]}
  printf '%s to %s%s: ' "$(basename "$file")" "$kind" "${target:+ $target}"
  if [[ $kind == connection ]]; then to_connection "$file"; else by_push "$file"; fi
done
